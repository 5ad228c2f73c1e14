'use client'

import clsx from 'clsx'
import { useId, type ComponentProps } from 'react'
import { useFormState } from './action-form.tsx'

type Common = { name: string; label: string; hint?: React.ReactNode; hideLabel?: boolean; mono?: boolean }

export function TextField({ label, hint, hideLabel, mono, className, ...input }: Common & ComponentProps<'input'>) {
  const { ids, described, error } = useField(input.name, hint)
  return (
    <Frame {...{ label, hint, hideLabel, ids, error, name: input.name, className }}>
      <input id={ids} type="text" autoComplete="off" spellCheck={false} aria-invalid={error !== undefined} aria-describedby={described} className={clsx('input', mono && 'font-mono text-[0.93rem]')} {...input} />
    </Frame>
  )
}

export function TextArea({ label, hint, hideLabel, mono, className, ...input }: Common & ComponentProps<'textarea'>) {
  const { ids, described, error } = useField(input.name, hint)
  return (
    <Frame {...{ label, hint, hideLabel, ids, error, name: input.name, className }}>
      <textarea id={ids} rows={3} aria-invalid={error !== undefined} aria-describedby={described} className={clsx('input', mono && 'font-mono text-[0.93rem]')} {...input} />
    </Frame>
  )
}

export function SelectField({ label, hint, hideLabel, mono, className, children, ...input }: Common & ComponentProps<'select'>) {
  const { ids, described, error } = useField(input.name, hint)
  return (
    <Frame {...{ label, hint, hideLabel, ids, error, name: input.name, className }}>
      <select id={ids} aria-invalid={error !== undefined} aria-describedby={described} className={clsx('input', mono && 'font-mono text-[0.93rem]')} {...input}>
        {children}
      </select>
    </Frame>
  )
}

export function CheckField({ label, hint, ...input }: Omit<Common, 'hideLabel' | 'mono'> & ComponentProps<'input'>) {
  const { ids, described, error } = useField(input.name, hint)
  return (
    <div className="flex items-start gap-2">
      <input id={ids} type="checkbox" value="true" aria-invalid={error !== undefined} aria-describedby={described} className="mt-1 accent-accent" {...input} />
      <div>
        <label htmlFor={ids}>{label}</label>
        {error && <FieldError ids={ids} name={input.name}>{error}</FieldError>}
        {hint && <p id={`${ids}-hint`} className="text-[0.85rem] text-soft">{hint}</p>}
      </div>
    </div>
  )
}

function FieldError({ ids, name, children }: { ids: string; name: string; children: React.ReactNode }) {
  return <p id={`${ids}-error`} data-error-of={fieldOf(name)} className="text-[0.85rem] text-bad first-letter:uppercase">{children}</p>
}

/** `:json` is about how it is sent. */
const fieldOf = (name: string) => name.replace(/:json$/, '')

/** What is wrong may be just what the hint asks for: that is not said twice. */
const saysAlready = (error: string | undefined, hint: React.ReactNode) => error !== undefined && typeof hint === 'string' && error.toLowerCase().includes(hint.toLowerCase().replace(/\.$/, ''))

function useField(name: string, hint: React.ReactNode) {
  const ids = useId()
  const error = useFormState().fields[fieldOf(name)]
  const described = clsx(hint && !saysAlready(error, hint) && `${ids}-hint`, error && `${ids}-error`) || undefined
  return { ids, error, described }
}

type FrameProps = Omit<Common, 'mono'> & { ids: string; error: string | undefined; className?: string; children: React.ReactNode }

function Frame({ label, hint, hideLabel, ids, error, name, className, children }: FrameProps) {
  return (
    <div className={clsx('flex min-w-0 flex-col gap-1', className)}>
      <label htmlFor={ids} className={hideLabel ? 'sr-only' : 'text-[0.9rem] font-medium'}>{label}</label>
      {children}
      {error && <FieldError ids={ids} name={name}>{error}</FieldError>}
      {hint && !saysAlready(error, hint) && <p id={`${ids}-hint`} className="text-[0.85rem] text-soft">{hint}</p>}
    </div>
  )
}
