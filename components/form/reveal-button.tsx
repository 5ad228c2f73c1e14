'use client'

import { Eye, EyeOff } from 'lucide-react'
import { useState, useTransition } from 'react'
import { Button } from '#components/ui/button.tsx'
import type { Result } from '#lib/action.ts'
import { newRequestKey } from './request-key.ts'

type Props<Value> = {
  action: (form: FormData) => Promise<Result<Value>>
  /** The field that holds the id, and the id. */
  name: string
  id: number
  what: string
  shown: boolean
  onValue: (value: Value | null) => void
}

/** For what is only shown on request, to those who may see it; each time is recorded. */
export function RevealButton<Value>({ action, name, id, what, shown, onValue }: Props<Value>) {
  const [pending, startTransition] = useTransition()
  const [error, setError] = useState<string | null>(null)
  const reveal = () =>
    startTransition(async () => {
      const form = new FormData()
      form.set(name, String(id))
      form.set('requestKey', newRequestKey())
      const answer = await action(form)
      if (answer.ok) onValue(answer.value)
      setError(answer.ok ? null : answer.error)
    })
  if (shown) return <Button look="quiet" onClick={() => onValue(null)}><EyeOff className="size-4" aria-hidden="true" /> Hide {what}</Button>
  return (
    <span className="flex items-center gap-2">
      {error && <span role="alert" className="text-[0.9rem] text-bad">{error}</span>}
      <Button look="quiet" needs="sensitive" disabled={pending} onClick={reveal} title="It is recorded in the activity that you saw it"><Eye className="size-4" aria-hidden="true" /> Show {what}</Button>
    </span>
  )
}
