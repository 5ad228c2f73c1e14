'use client'

import { MonitorSmartphone } from 'lucide-react'
import { ActionForm } from '#components/form/action-form.tsx'
import { Submit } from '#components/form/submit.tsx'
import { Ago } from '#components/ui/ago.tsx'
import { Instant } from '#components/ui/instant.tsx'
import { endSession } from './actions.ts'
import { deviceOf } from './device-of.ts'

type Session = { id: string; userAgent: string; createdAt: Date; lastSeenAt: Date }

/** `own` is the session of whoever looks: that one ends by signing out. */
export function SessionList({ sessions, own, now }: { sessions: Session[]; own: string | null; now: string }) {
  if (sessions.length === 0) return <p className="p-4 text-soft">Not signed in anywhere.</p>
  return (
    <ul aria-label="Sessions" className="divide-y divide-line">
      {sessions.map(({ id, userAgent, createdAt, lastSeenAt }) => (
        <li key={id} className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-2.5">
          <MonitorSmartphone className="size-4 shrink-0 text-soft" aria-hidden="true" />
          <div className="min-w-0 flex-1">
            <p title={userAgent} className="[overflow-wrap:anywhere]">{deviceOf(userAgent)}{id === own && <span className="text-soft"> (this one)</span>}</p>
            <p className="text-[0.85rem] text-soft">seen <Ago at={lastSeenAt.toISOString()} now={now} />, signed in <Instant at={createdAt.toISOString()} /></p>
          </div>
          {id !== own && (
            <ActionForm action={endSession} label={`End the session that began ${createdAt.toISOString()}`} className="items-end">
              <input type="hidden" name="session" value={id} />
              <Submit look="danger">End</Submit>
            </ActionForm>
          )}
        </li>
      ))}
    </ul>
  )
}
