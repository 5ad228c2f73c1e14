'use client'

import { CircleCheck, LoaderCircle, OctagonX } from 'lucide-react'
import { useState, useTransition } from 'react'
import { newRequestKey } from '#components/form/request-key.ts'
import { Button } from '#components/ui/button.tsx'
import type { Result } from '#lib/action.ts'
import { testConnection } from './actions.ts'
import { Facts } from './facts.tsx'

type Found = Result<{ name: string; value: string }[]>

/** Asks the engine that the form around it speaks of, and records nothing. */
export function ConnectionTest() {
  const [found, setFound] = useState<Found | null>(null)
  const [pending, startTransition] = useTransition()
  const test = (form: HTMLFormElement | null) => {
    if (pending || !form) return
    const data = new FormData(form)
    data.set('requestKey', newRequestKey())
    startTransition(async () => setFound(await testConnection(data)))
  }
  return (
    <div className="flex flex-col gap-2">
      <div className="flex flex-wrap items-center gap-3">
        <Button needs="owner" onClick={(event) => test(event.currentTarget.form)}>
          {pending && <LoaderCircle className="size-4 animate-spin motion-reduce:animate-none" aria-hidden="true" />}
          Test the connection
        </Button>
        <span className="text-[0.85rem] text-soft">Asks the engine what it is. Nothing is recorded.</span>
      </div>
      <div role="status" aria-label="What the test found">
        {found?.ok && (
          <div className="flex gap-2.5 rounded-md border border-line bg-sunken px-3 py-2.5">
            <CircleCheck className="mt-0.5 size-4 shrink-0 text-ok" aria-hidden="true" />
            <div className="min-w-0"><p className="mb-1 text-[0.93rem] font-medium">The engine answers.</p><Facts facts={found.value} /></div>
          </div>
        )}
        {found && !found.ok && (
          <p className="flex gap-2.5 rounded-md bg-bad-wash px-3 py-2.5 text-[0.9rem] text-bad">
            <OctagonX className="mt-0.5 size-4 shrink-0" aria-hidden="true" />
            <span className="min-w-0 [overflow-wrap:anywhere]">{Object.keys(found.fields).length > 0 ? Object.values(found.fields).join(' ') : found.error}</span>
          </p>
        )}
      </div>
    </div>
  )
}
