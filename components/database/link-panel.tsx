'use client'

import Link from 'next/link'
import { useState } from 'react'
import { SelectField, TextField } from '#components/form/field.tsx'
import { OperationDialog } from '#components/form/operation-dialog.tsx'
import { StrategyField } from '#components/form/strategy-field.tsx'
import { Panel } from '#components/ui/panel.tsx'
import type { Link as Linked } from '#lib/app/queries.ts'
import { linkDatabase, unlinkDatabase } from './actions.ts'

type App = { id: number; deployed: boolean; strategy: string; strategyFrom: string }
type Props = { app: App; links: Linked[]; databases: { id: number; handle: string; variable: string }[] }

/** Variables of an app that are connection URLs: Davit sets them, and they are changed by linking. */
export function LinkPanel({ app, links, databases }: Props) {
  if (links.length === 0 && databases.length === 0) return null
  return (
    <Panel title="Linked databases" aside={databases.length > 0 && <LinkDialog app={app} databases={databases} />}>
      {links.length === 0 && <p className="px-4 py-2.5 text-soft">None. A link gives the app the connection URL of a database as a variable.</p>}
      <ul aria-label="Linked databases" className="divide-y divide-line">
        {links.map(({ variable, database }) => (
          <li key={variable} className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-3 px-4 py-2 md:grid-cols-[18rem_minmax(0,1fr)_auto]">
            <p className="font-mono text-[0.9rem] [overflow-wrap:anywhere]">{variable}</p>
            <p className="min-w-0 [overflow-wrap:anywhere] max-md:order-3 max-md:col-span-2">the URL of <Link href={`/databases/${database.id}`} className="link">{database.handle}</Link>{database.deprovisionedAt && <span className="text-bad">, which is deprovisioned: nothing answers there</span>}</p>
            <UnlinkDialog app={app} variable={variable} database={database} />
          </li>
        ))}
      </ul>
    </Panel>
  )
}

const rollsOut = ({ deployed }: App) => (deployed ? 'A new release of the same image is rolled out with it.' : 'It takes effect with the first deploy.')

function LinkDialog({ app, databases }: Omit<Props, 'links'>) {
  return (
    <OperationDialog label="Link a database" submit="Link it" look="quiet" needs="deploy" title="Link a database" action={linkDatabase} about={{ app: app.id }}>
      <DatabaseFields app={app} databases={databases} />
      <StrategyField inherited={app.strategy} inheritedFrom={app.strategyFrom} />
    </OperationDialog>
  )
}

function DatabaseFields({ app, databases }: Omit<Props, 'links'>) {
  const [chosen, setChosen] = useState<number>()
  const { variable } = databases.find(({ id }) => id === chosen) ?? databases[0]!
  return (
    <>
      <SelectField name="database" label="Database" onChange={(event) => setChosen(Number(event.target.value))}>
        {databases.map(({ id, handle }) => <option key={id} value={id}>{handle}</option>)}
      </SelectField>
      <TextField key={variable} name="variable" label="Variable" hint={`Becomes its connection URL. ${rollsOut(app)}`} defaultValue={variable} required mono />
    </>
  )
}

function UnlinkDialog({ app, variable, database }: { app: App } & Linked) {
  return (
    <OperationDialog label="Unlink" trigger={<>Unlink<span className="sr-only"> {variable}</span></>} submit="Unlink it" look="quiet" needs="deploy" title={`Unlink ${database.handle}?`} action={unlinkDatabase} about={{ app: app.id, variable }}>
      <p>The app no longer gets <span className="font-mono text-[0.93em] [overflow-wrap:anywhere]">{variable}</span>. {rollsOut(app)}{!database.deprovisionedAt && ' The database stays as it is.'}</p>
      <StrategyField inherited={app.strategy} inheritedFrom={app.strategyFrom} />
    </OperationDialog>
  )
}
