'use client'

import { Pencil, Trash2, Undo2 } from 'lucide-react'
import { useFormState } from '#components/form/action-form.tsx'
import { Button } from '#components/ui/button.tsx'

export type Variable = {
  key: number
  name: string
  stored: boolean
  secret: boolean
  /** Null: not touched. */
  value: string | null
  removed: boolean
}

type Props = { variable: Variable; shown: string | null; onChange: (part: Partial<Variable>) => void; onDrop: () => void }

export function VariableRow({ variable, shown, onChange, onDrop }: Props) {
  const { name, stored, value, removed } = variable
  const { fields } = useFormState()
  const error = name === '' ? undefined : (fields[`set.${name}`] ?? fields[`set.${name}.value`])
  return (
    <li className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-3 gap-y-1 px-4 py-2 md:grid-cols-[18rem_minmax(0,1fr)_auto]">
      {stored
        ? <p className={`self-center font-mono text-[0.9rem] [overflow-wrap:anywhere] ${removed ? 'line-through' : ''}`}>{name}</p>
        : <input aria-label="Name" value={name} onChange={(event) => onChange({ name: event.target.value.trim() })} placeholder="NAME" spellCheck={false} autoComplete="off" aria-invalid={error !== undefined} className="input font-mono text-[0.9rem]" />}
      <VariableValue variable={variable} shown={shown} onChange={onChange} />
      <div className="flex justify-end max-md:order-2">
        {stored && value === null && !removed && <Button look="quiet" className="px-2" aria-label={`Change ${name}`} onClick={() => onChange({ value: shown ?? '' })}><Pencil className="size-4" aria-hidden="true" /></Button>}
        {stored && (value !== null || removed)
          ? <Button look="quiet" className="px-2" aria-label={`Leave ${name} as it is`} onClick={() => onChange({ value: null, removed: false })}><Undo2 className="size-4" aria-hidden="true" /></Button>
          : <Button look="quiet" className="px-2" aria-label={`Remove ${name || 'the new variable'}`} onClick={() => (stored ? onChange({ removed: true }) : onDrop())}><Trash2 className="size-4" aria-hidden="true" /></Button>}
      </div>
      {error && <p data-error-of={`set.${name}`} className="order-4 col-span-full text-[0.85rem] text-bad first-letter:uppercase">{error}</p>}
    </li>
  )
}

function VariableValue({ variable, shown, onChange }: Omit<Props, 'onDrop'>) {
  const { name, value, secret, removed } = variable
  if (removed) return <p className="text-soft max-md:order-3 max-md:col-span-2">will be removed</p>
  if (value === null) {
    return <p className="whitespace-pre-wrap font-mono text-[0.9rem] text-soft [overflow-wrap:anywhere] max-md:order-3 max-md:col-span-2">{shown ?? <><span aria-hidden="true">••••••••</span><span className="sr-only">hidden</span></>}</p>
  }
  return (
    <div className="flex flex-col gap-1 max-md:order-3 max-md:col-span-2">
      <textarea aria-label={`Value of ${name || 'the new variable'}`} value={value} onChange={(event) => onChange({ value: event.target.value })} rows={value.includes('\n') ? 4 : 1} spellCheck={false} autoComplete="off" className="input font-mono text-[0.9rem]" />
      <label className="flex items-center gap-1.5 text-[0.85rem] text-soft">
        <input type="checkbox" checked={!secret} onChange={(event) => onChange({ secret: !event.target.checked })} className="accent-accent" /> plain: not masked in logs
      </label>
    </div>
  )
}
