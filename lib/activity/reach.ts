import { and, eq, sql, type SQL } from 'drizzle-orm'
import { resources } from '#drizzle/schema/resource.ts'
import type { Actor } from '../auth/actor.ts'
import { allow, readableEnvironments } from '../auth/allow.ts'
import { arrayOf } from '../db/array.ts'
import { db } from '../db/client.ts'
import { read } from './read.ts'
import type { ActivityFilter } from './schema.ts'

/** The two tables that activity is in. */
export type Side = 'operations' | 'events'
export type KeyColumn = 'environment_id' | 'resource_id' | 'actor_id'
/** What a walk goes along; `found`: the resources that a search found. */
export type Along = KeyColumn | 'found'
type Group = { column: KeyColumn; keys: number[] }

/** Where rows may come from: what the actor may read, narrowed by what the filter names. Null: not narrowed. */
export type Reach = {
  environments: number[] | null
  resources: number[] | null
  actors: { ids: number[]; kinds: string[]; text: string; /** More people have such a name: these are the first so many. */ ofFirst: number | null } | null
  /** The one resource of a stack that lies in no environment: the stack. */
  stack: number | null
  /** More resources have the name than are looked at: the newest so many of those that lie where one may look. */
  ofNewest: number | null
}

/** People whom a filter means; a page walks along each of them. */
const peopleMax = 1000
/** A page walks along each of them. */
const namedMax = 1000
const foundMax = 200

/** @throws Refusal `not_found` for an environment that does not exist for the actor. */
export async function findReach(actor: Actor, filter: ActivityFilter): Promise<Reach> {
  allow(actor, 'read', filter.environment ?? null)
  const readable = readableEnvironments(actor)
  const [ofStack, actors] = await Promise.all([filter.stack ? environmentsOf(filter.stack) : null, filter.actor ? findActors(filter.actor, readable === 'all') : null])
  const inside = overlap(readable === 'all' ? null : readable, filter.environment ? [filter.environment] : null, ofStack)
  const stack = filter.stack && readable === 'all' && !filter.environment ? filter.stack : null
  const named = await findNamed(filter, lying(inside, stack))
  return { environments: inside, resources: named && named.ids, actors, stack, ofNewest: named && named.ofNewest }
}

type Newest = { ids: number[]; ofNewest: number | null }

/** Narrowed before it is bounded: what lies elsewhere must neither take a place nor be noticed. */
async function newest(conditions: (SQL | undefined)[], most: number): Promise<Newest> {
  // Each a walk of its own: Postgres goes along the ids where many are so called, and never for one condition or another.
  const walks = conditions.map((condition) => sql`(select r.id from resources r where ${condition ?? sql`true`} order by r.id desc limit ${most + 1})`)
  const rows = await read<{ id: string }>(sql`select id from (${sql.join(walks, sql` union `)}) found order by id desc limit ${most + 1}`)
  return { ids: rows.slice(0, most).map(({ id }) => Number(id)), ofNewest: rows.length > most ? most : null }
}

/** Resources `r` that lie in the environments, or are one of them, or are the stack. */
function lying(inside: number[] | null, stack: number | null): SQL | undefined {
  if (inside === null) return undefined
  const list = sql`${arrayOf(inside)}::bigint[]`
  return sql`(r.environment_id = any(${list}) or r.id = any(${arrayOf(stack === null ? inside : [...inside, stack])}::bigint[]))`
}

async function findNamed({ app, only, resource }: ActivityFilter, where: SQL | undefined): Promise<Newest | null> {
  if (app === undefined && only === undefined && !resource) return null
  const conditions = [
    app === undefined ? undefined : withWhatIsIn(sql`id = ${app}`),
    only === undefined ? undefined : sql`r.id = ${only}`,
    resource ? withWhatIsIn(resourceNamed(resource)) : undefined,
  ]
  return await newest([and(where, ...conditions)], namedMax)
}

function overlap(...lists: (number[] | null)[]): number[] | null {
  return lists.reduce((all, list) => (all && list ? all.filter((id) => list.includes(id)) : (all ?? list)), null)
}

/** Also those that never came to be: what was tried there is the stack's activity. */
async function environmentsOf(stack: number): Promise<number[]> {
  const rows = await db.select({ id: resources.id }).from(resources).where(and(eq(resources.kind, 'environment'), eq(resources.stackId, stack)))
  return rows.map(({ id }) => id)
}

function resourceNamed(text: string): SQL {
  const id = idIn(text)
  const handle = text.toLowerCase()
  const called = sql`id = any(array(select id from resources where handle = ${handle} union select resource_id from former_handles where handle = ${handle}))`
  return id === null ? called : sql`(${called} or id = ${id})`
}

/** Resources `r` that are one so named, or in it: an app with its endpoints, an environment with its apps. */
function withWhatIsIn(which: SQL): SQL {
  return sql`r.id in (
    with named as materialized (select id from resources where ${which})
    select id from named
    union all select part.id from resources part join named on part.app_id = named.id
    union all select part.id from resources part join named on part.environment_id = named.id)`
}

/**
 * People by a part of their name or e-mail, or of one they had: first whoever is called exactly that, then those whose name
 * begins so. Davit and the schedule by theirs. By e-mail only for those who may read everything: to others what is
 * found would spell out an e-mail that is nowhere shown to them.
 */
async function findActors(text: string, byEmail: boolean): Promise<NonNullable<Reach['actors']>> {
  const like = (pattern: string) => (byEmail ? sql`(name ilike ${pattern} or email ilike ${pattern})` : sql`name ilike ${pattern}`)
  const part = escaped(text)
  const rows = await read<{ id: string }>(sql`
    select id from (select id, name, email from users union all select user_id, name, email from former_names) called
    where ${like(`%${part}%`)}
    group by id
    order by bool_or(${like(part)}) desc, bool_or(${like(`${part}%`)}) desc, id limit ${peopleMax + 1}`)
  const ids = rows.slice(0, peopleMax).map(({ id }) => Number(id))
  const kinds = ['davit', 'schedule', 'token'].filter((kind) => kind.startsWith(text.toLowerCase()))
  return { ids, kinds, text, ofFirst: rows.length > peopleMax ? peopleMax : null }
}

/** Resources within reach whose handle begins so, or one that they had. */
export async function resourcesBeginning(text: string, { environments: inside, stack, resources: named }: Reach): Promise<Newest> {
  const like = `${escaped(text.toLowerCase())}%`
  const within = and(lying(inside, stack), named ? sql`r.id = any(${arrayOf(named)}::bigint[])` : undefined)
  const had = sql`r.id = any(array(select resource_id from former_handles where handle like ${like}))`
  return await newest([and(within, sql`r.handle like ${like}`), and(within, had)], foundMax)
}

export function idIn(text: string): number | null {
  const digits = /^#?(\d{1,15})$/.exec(text)?.[1]
  return digits === undefined ? null : Number(digits)
}

/**
 * What to walk along an index in the order of ids, so that a page costs a page however much there is: one walk for
 * each environment, resource or person, merged. Null: everything, by its id.
 */
export function groupsOf({ environments: inside, resources: named, actors, stack }: Reach, side: Side): Group[] | null {
  if (named) return [{ column: 'resource_id', keys: named }]
  // Its index knows the environments too: those of others are passed over without a look at their rows.
  if (side === 'operations' && actors !== null && actors.kinds.length === 0) return [{ column: 'actor_id', keys: actors.ids }]
  if (inside) return [{ column: 'environment_id', keys: inside }, ...(stack ? [{ column: 'resource_id' as const, keys: [stack] }] : [])]
  return null
}

/** The same as a condition on the row `t`, but for what is walked along. */
export function reachCondition({ environments: inside, resources: named, stack }: Reach, along: Along | null): SQL | undefined {
  // A resource lies in one environment. Said as an index has it, Postgres would read all of the environment to intersect the two.
  const column = along === 'resource_id' || along === 'found' ? sql`t.environment_id + 0` : sql`t.environment_id`
  const within = inside ? sql`${column} = any(${arrayOf(inside)}::bigint[])` : undefined
  // Both walks of a stack are of the stack.
  const walked = along === 'environment_id' || (along === 'resource_id' && stack !== null && named === null)
  return and(
    walked ? undefined : stack && within ? sql`(${within} or t.resource_id = ${stack})` : within,
    named && along !== 'resource_id' ? sql`t.resource_id = any(${arrayOf(named)}::bigint[])` : undefined,
  )
}

/** Whoever nobody knows, after a failed sign-in, is found by what they called themselves. */
export function actorCondition({ actors }: Reach, side: Side): SQL | undefined {
  if (!actors) return undefined
  const known = sql`t.actor_id = any(${arrayOf(actors.ids)}::bigint[])`
  const like = `%${escaped(actors.text)}%`
  if (side === 'events') return sql`(${known} or (t.actor_id is null and (t.actor_name ilike ${like} or t.actor_email ilike ${like})))`
  return actors.kinds.length === 0 ? known : sql`(${known} or t.actor_kind = any(${arrayOf(actors.kinds)}::text[]))`
}

export const escaped = (text: string) => text.replace(/[\\%_]/g, '\\$&')
