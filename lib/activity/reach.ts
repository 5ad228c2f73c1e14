import { and, sql, type SQL } from 'drizzle-orm'
import { users } from '#drizzle/schema/access.ts'
import { resources } from '#drizzle/schema/resource.ts'
import { environments } from '#drizzle/schema/stack.ts'
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
  actors: { ids: number[]; kinds: string[]; text: string } | null
  /** The one resource of a stack that lies in no environment: the stack. */
  stack: number | null
}

/** More of them than this do not help a filter; a screen shows fifty rows. */
const keysMax = 200

/** @throws Refusal `not_found` for an environment that does not exist for the actor. */
export async function findReach(actor: Actor, filter: ActivityFilter): Promise<Reach> {
  allow(actor, 'read', filter.environment ?? null)
  const readable = readableEnvironments(actor)
  const [ofStack, ofApp, named, actors] = await Promise.all([
    filter.stack ? environmentsOf(filter.stack) : null,
    filter.app ? withWhatIsIn(sql`id = ${filter.app}`) : null,
    filter.resource ? withWhatIsIn(resourceNamed(filter.resource)) : null,
    filter.actor ? findActors(filter.actor) : null,
  ])
  const inside = overlap(readable === 'all' ? null : readable, filter.environment ? [filter.environment] : null, ofStack)
  const stack = filter.stack && readable === 'all' && !filter.environment ? filter.stack : null
  const only = overlap(ofApp, filter.only ? [filter.only] : null, named)
  return {
    environments: inside,
    resources: only && (await within(inside && stack !== null ? [...inside, stack] : inside, only)),
    actors,
    stack,
  }
}

/** Those that lie in the environments, or are one of them: a walk along what lies elsewhere would see all of it, and find nothing. */
export async function within(inside: number[] | null, ids: number[]): Promise<number[]> {
  if (inside === null || ids.length === 0) return ids
  const rows = await read<{ id: string }>(sql`
    select id from resources where id = any(${arrayOf(ids)}::bigint[]) and (environment_id = any(${arrayOf(inside)}::bigint[]) or id = any(${arrayOf(inside)}::bigint[]))`)
  return rows.map(({ id }) => Number(id))
}

function overlap(...lists: (number[] | null)[]): number[] | null {
  return lists.reduce((all, list) => (all && list ? all.filter((id) => list.includes(id)) : (all ?? list)), null)
}

async function environmentsOf(stack: number): Promise<number[]> {
  const rows = await db.select({ id: environments.id }).from(environments).where(sql`${environments.stackId} = ${stack}`)
  return rows.map(({ id }) => id)
}

function resourceNamed(text: string): SQL {
  const id = idIn(text)
  return id === null ? sql`handle = ${text.toLowerCase()}` : sql`(handle = ${text} or id = ${id})`
}

/** An app with its endpoints, an environment with its apps. */
async function withWhatIsIn(which: SQL): Promise<number[]> {
  const rows = await read<{ id: string }>(sql`
    with named as (select id from resources where ${which} order by id desc limit ${keysMax})
    select id from named
    union select r.id from resources r join named on r.app_id = named.id or r.environment_id = named.id
    limit ${keysMax * 5}`)
  return rows.map(({ id }) => Number(id))
}

/** People by a part of their name or e-mail; Davit and the schedule by theirs. */
async function findActors(text: string): Promise<NonNullable<Reach['actors']>> {
  const like = `%${escaped(text)}%`
  const rows = await db.select({ id: users.id }).from(users).where(sql`${users.name} ilike ${like} or ${users.email} ilike ${like}`).limit(keysMax)
  const ids = rows.map(({ id }) => id)
  return { ids, kinds: ['davit', 'schedule', 'token'].filter((kind) => kind.startsWith(text.toLowerCase())), text }
}

/** Resources whose handle begins so, newest first. */
export async function resourcesBeginning(text: string): Promise<number[]> {
  const rows = await db
    .select({ id: resources.id })
    .from(resources)
    .where(sql`${resources.handle} like ${`${escaped(text.toLowerCase())}%`}`)
    .orderBy(sql`${resources.id} desc`)
    .limit(keysMax)
  return rows.map(({ id }) => id)
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
