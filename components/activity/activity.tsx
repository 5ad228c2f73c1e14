import { shown } from '#components/shell/shown.ts'
import { listActivity } from '#lib/activity/queries.ts'
import { ActivityFilter } from '#lib/activity/schema.ts'
import { definitions } from '#lib/operations/index.ts'
import { ActivityFilters } from './activity-filters.tsx'
import { EventList } from './event-list.tsx'
import { ActivityTable } from './activity-table.tsx'

export type SearchParams = Promise<Record<string, string | string[] | undefined>>

type Props = {
  searchParams: SearchParams
  /** What the list is of; everything one may see when left out. */
  of?: { stack?: number; environment?: number; app?: number; resource?: number }
  /** Whose access and other events are shown beneath. */
  events?: { environment?: number; app?: number }
}

export async function Activity({ searchParams, of = {}, events }: Props) {
  const asked = ActivityFilter.parse({ ...(await searchParams), stack: undefined, environment: undefined, app: undefined, resource: undefined })
  const filter = { ...asked, ...of }
  const first = await shown((actor) => listActivity(actor, filter))
  const query = new URLSearchParams(Object.entries(filter).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]))).toString()
  const types = [...new Set(definitions.map(({ type }) => type))].toSorted()
  return (
    <div className="flex flex-col gap-3">
      <ActivityFilters types={types} filter={asked} />
      <ActivityTable key={query} query={query} first={first} filtered={Object.values({ ...asked, before: undefined }).some((value) => value !== undefined)} before={asked.before} />
      {events && <EventList of={events} />}
    </div>
  )
}
