import { z } from 'zod'
import { Refusal } from '../refusal.ts'
import { rollbacks, sources, statuses } from './statuses.ts'

const id = z.string().regex(/^[1-9]\d{0,14}$/, 'is no id').transform(Number)
const oneOf = <const Values extends readonly [string, ...string[]]>(values: Values) => z.enum(values, { error: `has to be one of ${values.join(', ')}` })
const instantForm = /^(\d{4}-\d\d-\d\d)(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)?)?$/
const instant = z
  .string()
  .max(40)
  .transform(instantIn)
  .refine((at) => at !== null, 'is not a date; write it like 2026-02-01 or 2026-02-01T14:00Z')
const text = (max: number) =>
  z
    .string()
    .trim()
    .max(max, `has more than ${max} characters; shorten it`)
    // Postgres has none in a text.
    .refine((given) => !given.includes('\0'), 'has a NUL in it, which no name and no note has')

const Fields = z.strictObject({
  stack: id.optional(),
  environment: id.optional(),
  app: id.optional(),
  /** Exactly that resource, such as an endpoint, while `resource` takes along what belongs to it. */
  only: id.optional(),
  kind: oneOf(['operation', 'access']).optional(),
  type: text(50).optional(),
  status: oneOf(statuses).optional(),
  rollback: oneOf(rollbacks).optional(),
  source: oneOf(sources).optional(),
  actor: text(200).optional(),
  /** A handle, or an id. */
  resource: text(200).optional(),
  /** From that instant on, and up to but without this one; a date alone is the beginning of its day in UTC. */
  from: instant.optional(),
  to: instant.optional(),
  q: text(200)
    .refine((words) => words === '' || words.length >= 3 || /^#?\d+$/.test(words), 'takes three characters or more, or an id')
    .optional(),
  /** Keyset: rows older, or newer, than that id. */
  before: id.optional(),
  after: id.optional(),
  /** The newest row a reader has: what came since is counted, not shown. */
  top: id.optional(),
})

export type ActivityFilter = z.output<typeof Fields>
export type FilterName = keyof ActivityFilter
/** What one person can set on a screen; the others say which screen it is, or where on it one is. */
export const shownFilters = ['kind', 'type', 'status', 'rollback', 'source', 'actor', 'resource', 'from', 'to', 'q'] as const satisfies FilterName[]

/** What the address of a page may hold. */
export const pageFilters = [...shownFilters, 'before', 'after'] as const

const labels: Partial<Record<string, string>> = { q: 'The search', from: 'The beginning', to: 'The end' }

/**
 * What an address of an activity list says. Empty parts count as not given.
 * @throws Refusal `invalid`, which names the first part that cannot be read.
 */
export function readFilter(given: Iterable<readonly [string, string | string[] | undefined]>, known: readonly string[] = Object.keys(Fields.shape)): ActivityFilter {
  const values: Record<string, string> = Object.create(null)
  for (const [name, value] of given) {
    if (value === undefined || value === '') continue
    if (!known.includes(name)) throw wrong(name, `There is no filter “${short(name)}” here. There are ${shownFilters.join(', ')}.`)
    if (Array.isArray(value) || name in values) throw wrong(name, `“${short(name)}” is given more than once.`)
    values[name] = value
  }
  const parsed = Fields.safeParse(values)
  if (!parsed.success) throw refusalOf(parsed.error.issues[0]!)
  return checked(parsed.data)
}

function checked(filter: ActivityFilter): ActivityFilter {
  const { from, to, before, after, kind, status, rollback } = filter
  if (from && to && from >= to) throw wrong('to', 'The range ends before it begins. Put the earlier date first.')
  if ([before, after, filter.top].filter((cursor) => cursor !== undefined).length > 1) throw wrong('before', 'A page lies before or after one place, not both. Begin at the newest.')
  if (kind === 'access' && (status ?? rollback)) throw wrong('kind', 'Access events have no status and no rollback. Take one of these filters away.')
  return filter
}

function refusalOf(issue: z.core.$ZodIssue): Refusal {
  const name = String(issue.path[0] ?? '')
  return wrong(name, `${labels[name] ?? `The filter “${name}”`} ${issue.message}.`)
}

const wrong = (name: string, sentence: string) => new Refusal('invalid', sentence, { [name]: sentence })
const short = (text: string) => (text.length > 40 ? `${text.slice(0, 40)}…` : text)

/** Postgres writes the years before and after otherwise; a range is looked for an hour wider. */
const [firstMs, lastMs] = [Date.parse('0001-01-02T00:00Z'), Date.parse('9999-12-30T00:00Z')]

/** Without a zone it is UTC. What the calendar does not have, such as 30 February, is none. */
function instantIn(given: string): Date | null {
  const [whole, day, zone] = instantForm.exec(given) ?? []
  if (!whole || !day) return null
  const midnight = Date.parse(`${day}T00:00Z`)
  if (Number.isNaN(midnight) || new Date(midnight).toISOString().slice(0, 10) !== day) return null
  const at = Date.parse(zone || whole === day ? whole : `${whole}Z`)
  return at >= firstMs && at <= lastMs ? new Date(at) : null
}

/** The address of the same filter. */
export function addressOf(filter: Partial<ActivityFilter>): string {
  const parts = Object.entries(filter).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, value instanceof Date ? value.toISOString() : String(value)]],
  )
  return new URLSearchParams(parts).toString()
}

/** @throws Refusal `invalid` for what is no time zone. */
export function readZone(name: string | null): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name || 'UTC' }).resolvedOptions().timeZone
  } catch {
    throw wrong('zone', 'That is no time zone such as Europe/Zurich.')
  }
}
