import { TriangleAlert } from 'lucide-react'
import { ActionForm } from '#components/form/action-form.tsx'
import { Submit } from '#components/form/submit.tsx'
import { shown } from '#components/shell/shown.ts'
import { Instant } from '#components/ui/instant.tsx'
import { lookUpMistrust } from '#lib/container/identity.ts'
import { confirmDatabase } from './actions.ts'

/** After a restore: nothing unknown is removed until somebody has looked at what that would be. */
export async function TrustNotice() {
  const mistrust = await shown(async (actor) => (actor.owner ? await lookUpMistrust(actor) : null))
  if (!mistrust) return null
  const { since, unowned } = mistrust
  return (
    <section aria-label="Restored database" className="mb-4 flex gap-2.5 rounded-lg bg-warn-wash px-4 py-3 text-[0.93rem]">
      <TriangleAlert className="mt-0.5 size-4 shrink-0 text-warn" aria-hidden="true" />
      <div className="flex min-w-0 flex-col items-start gap-2">
        <p><b className="font-semibold">The database went back in time</b>, probably by a restored backup, noticed <Instant at={since} />. What runs and is unknown to it is left alone until you confirm.</p>
        {unowned.length === 0 && <p>Nothing runs that it does not know.</p>}
        {unowned.length > 0 && (
          <div>
            <p>The sweep would remove:</p>
            <ul className="max-h-40 list-disc overflow-y-auto pl-5 font-mono text-[0.85rem]" tabIndex={0}>{unowned.map((name) => <li key={name}>{name}</li>)}</ul>
          </div>
        )}
        <ActionForm action={confirmDatabase} label="Confirm the restored database">
          <Submit>{unowned.length === 0 ? 'Trust it again' : `Trust it again and remove ${unowned.length}`}</Submit>
        </ActionForm>
      </div>
    </section>
  )
}
