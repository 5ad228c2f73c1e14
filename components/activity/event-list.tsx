import { shown } from '#components/shell/shown.ts'
import { Instant } from '#components/ui/instant.tsx'
import { listEvents } from '#lib/activity/queries.ts'

/** Activity that is no operation: values shown, containers started again, blocks lifted. */
export async function EventList({ of }: { of: { environment?: number; app?: number } }) {
  const events = await shown((actor) => listEvents(actor, of))
  if (events.length === 0) return null
  return (
    <section aria-label="Access and other events" className="mt-4 flex flex-col gap-2">
      <h2 className="font-semibold">Access and other events</h2>
      <ol className="divide-y divide-line rounded-lg border border-line bg-surface text-[0.93rem]">
        {events.map(({ id, at, kind, actorName, resourceHandle, detail }) => (
          <li key={id} className="flex flex-wrap items-baseline justify-between gap-x-6 px-4 py-2">
            <p className="min-w-0 [overflow-wrap:anywhere]"><span className="first-letter:uppercase inline-block">{kind}</span>{resourceHandle && ` · ${resourceHandle}`}{detail && <span className="text-soft"> · {detail}</span>}</p>
            <p className="text-[0.85rem] text-soft">{actorName} · <Instant at={at} /></p>
          </li>
        ))}
      </ol>
    </section>
  )
}
