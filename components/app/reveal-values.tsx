'use client'

import { Eye, EyeOff } from 'lucide-react'
import { useState, useTransition } from 'react'
import { newRequestKey } from '#components/form/request-key.ts'
import { Button } from '#components/ui/button.tsx'
import { revealVariables } from './actions.ts'

type Props = { appId: number; shown: boolean; onValues: (values: Record<string, string> | null) => void }

export function RevealValues({ appId, shown, onValues }: Props) {
  const [pending, startTransition] = useTransition()
  const [error, setError] = useState<string | null>(null)
  const reveal = () =>
    startTransition(async () => {
      const form = new FormData()
      form.set('app', String(appId))
      form.set('requestKey', newRequestKey())
      const answer = await revealVariables(form)
      if (answer.ok) onValues(answer.value)
      setError(answer.ok ? null : answer.error)
    })
  if (shown) return <Button look="quiet" onClick={() => onValues(null)}><EyeOff className="size-4" aria-hidden="true" /> Hide values</Button>
  return (
    <span className="flex items-center gap-2">
      {error && <span role="alert" className="text-[0.9rem] text-bad">{error}</span>}
      <Button look="quiet" needs="sensitive" disabled={pending} onClick={reveal} title="It is recorded in the activity that you saw them"><Eye className="size-4" aria-hidden="true" /> Show values</Button>
    </span>
  )
}
