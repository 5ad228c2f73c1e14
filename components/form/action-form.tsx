'use client'

import clsx from 'clsx'
import { useContext, createContext, useEffect, useId, useLayoutEffect, useRef, useState, useTransition } from 'react'
import { OctagonX } from 'lucide-react'
import type { Result } from '#lib/action.ts'
import { newRequestKey } from './request-key.ts'

type State = { pending: boolean; fields: Record<string, string> }
const FormState = createContext<State>({ pending: false, fields: {} })

type Props<Value> = {
  action: (form: FormData) => Promise<Result<Value>>
  /** Not called when the action redirects. */
  onDone?: (value: Value) => void
  label: string
  className?: string
  children: React.ReactNode
}

export function ActionForm<Value>({ action, onDone, label, className, children }: Props<Value>) {
  const [answer, setAnswer] = useState<Result<Value> | null>(null)
  const [pending, startTransition] = useTransition()
  const form = useRef<HTMLFormElement>(null)
  // One key per form until a submit is accepted: a double click, or a retry after a lost answer, is one operation.
  const key = useRef<string | null>(null)
  const fields = answer?.ok === false ? answer.fields : {}

  useEffect(() => {
    if (answer?.ok === false) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
  }, [answer])

  const submit = (event: React.FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    if (pending) return
    const data = new FormData(event.currentTarget)
    data.set('requestKey', (key.current ??= newRequestKey()))
    startTransition(async () => {
      const given = await action(data)
      // Undefined when the action redirected.
      if (!given) return
      setAnswer(given)
      if (!given.ok) return
      key.current = null
      onDone?.(given.value)
    })
  }

  return (
    <FormState value={{ pending, fields }}>
      <form ref={form} onSubmit={submit} aria-label={label} noValidate className={clsx('flex flex-col gap-4', className)}>
        {children}
        {answer?.ok === false && <FormError error={answer.error} fields={fields} />}
      </form>
    </FormState>
  )
}

/** Fields that have no place of their own on the form are named here. */
function FormError({ error, fields }: { error: string; fields: Record<string, string> }) {
  const [shown, setShown] = useState<string[]>([])
  const id = useId()
  // Before it is painted: what has its place is never seen twice.
  useLayoutEffect(() => {
    const form = document.getElementById(id)?.closest('form')
    setShown([...(form?.querySelectorAll('[data-error-of]') ?? [])].map((element) => element.getAttribute('data-error-of') ?? ''))
  }, [id, fields])
  const homeless = Object.entries(fields).filter(([name]) => !shown.includes(name))
  return (
    <div id={id} role="alert" className="flex gap-2 rounded-md bg-bad-wash px-3 py-2 text-[0.9rem] text-bad">
      <OctagonX className="mt-0.5 size-4 shrink-0" aria-hidden="true" />
      <div className="min-w-0 whitespace-pre-wrap break-words">
        {error}
        {homeless.map(([name, message]) => <div key={name}>{name ? `${name}: ${message}` : message}</div>)}
      </div>
    </div>
  )
}

export const useFormState = () => useContext(FormState)
