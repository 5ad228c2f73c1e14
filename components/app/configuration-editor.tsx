'use client'

import { Plus } from 'lucide-react'
import { useState } from 'react'
import { ActionForm } from '#components/form/action-form.tsx'
import { NoteField } from '#components/form/note-field.tsx'
import { RevealButton } from '#components/form/reveal-button.tsx'
import { StrategyField } from '#components/form/strategy-field.tsx'
import { Submit } from '#components/form/submit.tsx'
import { Button } from '#components/ui/button.tsx'
import { Empty } from '#components/ui/empty.tsx'
import { Panel } from '#components/ui/panel.tsx'
import { configureApp, revealVariables } from './actions.ts'
import { VariableRow, type Variable } from './variable-row.tsx'

type Props = { appId: number; strategy: string; strategyFrom: string; deployed: boolean; names: string[]; plain: string[] }

export function ConfigurationEditor({ appId, strategy, strategyFrom, deployed, names, plain }: Props) {
  const [variables, setVariables] = useState<Variable[]>(() => names.toSorted().map((name, key) => ({ key, name, stored: true, secret: !plain.includes(name), value: null, removed: false })))
  const [values, setValues] = useState<Record<string, string> | null>(null)
  const change = (key: number, part: Partial<Variable>) => setVariables((all) => all.map((variable) => (variable.key === key ? { ...variable, ...part } : variable)))
  const drop = (key: number) => setVariables((all) => all.filter((variable) => variable.key !== key))
  const add = () => setVariables((all) => [...all, { key: all.length + Date.now(), name: '', stored: false, secret: true, value: '', removed: false }])
  const { set, unset } = changesOf(variables)
  const count = Object.keys(set).length + unset.length
  return (
    <ActionForm action={configureApp} label="Configuration">
      <input type="hidden" name="app" value={appId} />
      <input type="hidden" name="set:json" value={JSON.stringify(set)} />
      <input type="hidden" name="unset:json" value={JSON.stringify(unset)} />
      <Panel title="Variables" aside={names.length > 0 && <RevealButton action={revealVariables} name="app" id={appId} what="values" shown={values !== null} onValue={setValues} />}>
        {variables.length === 0 && <div className="p-4"><Empty title="No variable is set.">The app gets those that you add here in its environment, and PORT.</Empty></div>}
        <ul className="divide-y divide-line">
          {variables.map((variable) => <VariableRow key={variable.key} variable={variable} shown={values?.[variable.name] ?? null} onChange={(part) => change(variable.key, part)} onDrop={() => drop(variable.key)} />)}
        </ul>
        <div className="border-t border-line px-2 py-1.5"><Button look="quiet" needs="deploy" onClick={add}><Plus className="size-4" aria-hidden="true" /> Add a variable</Button></div>
      </Panel>
      {count > 0 && (
        <Panel title={count === 1 ? '1 change' : `${count} changes`}>
          <div className="flex max-w-md flex-col gap-4 p-4">
            <p className="text-soft">{count === 1 ? 'It becomes' : 'They become'} part of {deployed ? 'a new release of the same image, which is rolled out.' : 'the first release, with the first deploy.'}</p>
            <StrategyField inherited={strategy} inheritedFrom={strategyFrom} />
            <NoteField />
            <div><Submit needs="deploy">Configure</Submit></div>
          </div>
        </Panel>
      )}
    </ActionForm>
  )
}

/** What is sent: values that were typed, and names that go. A value that was not touched is not sent. */
function changesOf(variables: Variable[]) {
  const touched = variables.filter(({ name, value, removed }) => name !== '' && value !== null && !removed)
  return {
    set: Object.fromEntries(touched.map(({ name, value, secret }) => [name, { value: value ?? '', secret }])),
    unset: variables.filter(({ stored, removed }) => stored && removed).map(({ name }) => name),
  }
}
