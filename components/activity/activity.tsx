import { shown } from '#components/shell/shown.ts'
import { listActivity } from '#lib/activity/list-activity.ts'
import { type ActivityFilter, addressOf, pageFilters, readFilter, shownFilters } from '#lib/activity/schema.ts'
import { definitions } from '#lib/operations/index.ts'
import { Refusal } from '#lib/refusal.ts'
import { ActivityChart } from './activity-chart.tsx'
import { ActivityFilters } from './activity-filters.tsx'
import { ActivityTable } from './activity-table.tsx'
import { FilterNotice } from './filter-notice.tsx'

export type SearchParams = Promise<Record<string, string | string[] | undefined>>

type Props = {
  searchParams: SearchParams
  /** What the list is of; everything one may see when left out. */
  of?: Pick<ActivityFilter, 'stack' | 'environment' | 'app' | 'only'>
}

export async function Activity({ searchParams, of = {} }: Props) {
  const given = Object.entries(await searchParams)
  const types = [...new Set(definitions.map(({ type }) => type))].toSorted()
  const values = Object.fromEntries(given.flatMap(([name, value]) => (typeof value === 'string' && value !== '' && shownFilters.some((one) => one === name) ? [[name, value] as const] : [])))
  const read = await shown(async (actor) => {
    try {
      const filter = { ...readFilter(given, pageFilters), ...of }
      return { filter, first: await listActivity(actor, filter) } as const
    } catch (error) {
      if (error instanceof Refusal && ['invalid', 'unavailable'].includes(error.code)) return { sentence: error.message } as const
      throw error
    }
  })
  const filtered = Object.keys(values).length > 0
  const filters = <ActivityFilters types={types} values={values} of={addressOf(of)} />
  if (read.sentence !== undefined) return <div className="flex flex-col gap-3">{filters}<FilterNotice sentence={read.sentence} /></div>
  const query = addressOf(read.filter)
  const { before: _before, after: _after, ...whole } = read.filter
  return (
    <div className="flex flex-col gap-3">
      {filters}
      <ActivityChart query={addressOf(whole)} />
      <ActivityTable key={query} query={query} first={read.first} filtered={filtered} />
    </div>
  )
}
