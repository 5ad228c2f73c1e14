import { inArray, sql } from 'drizzle-orm'
import { events } from '#drizzle/schema/activity.ts'
import { resources } from '#drizzle/schema/resource.ts'
import type { Actor } from '../auth/actor.ts'
import { arrayOf } from '../db/array.ts'
import type { Transaction } from '../db/client.ts'
import type { EventKind } from './event-kinds.ts'

type NewEvent = {
  kind: EventKind
  /** Whoever did it; for a failed sign-in, whoever they said they were, without an id. */
  actor: Pick<Actor, 'kind' | 'id' | 'name' | 'email'>
  source?: string
  environmentId?: number | null
  stackId?: number | null
  appId?: number | null
  resource?: { id: number; handle: string; kind?: string } | null
  /** The operation it is about. */
  operationId?: number | null
  /** What else a reader wants to know, in words. Never a secret. */
  detail?: string
}

type Recorder = Pick<Transaction, 'insert' | 'select' | 'execute'>

/**
 * The only way into `events`; of a list, in its order. Names and handles are copied, so that they can be read when their bearers
 * are gone. Four thousand at most: a statement takes 65,534 parameters.
 */
export async function recordEvent(tx: Recorder, given: NewEvent | NewEvent[]): Promise<void> {
  const list = [given].flat()
  if (list.length === 0) return
  const known = await lookUpResources(tx, list)
  const rows = await tx.insert(events).values(list.map((event) => rowOf(event, known))).returning({ id: events.id })
  await tx.execute(sql`select pg_notify('davit_activity', id::text) from unnest(${arrayOf(rows.map(({ id }) => id))}::bigint[]) id`)
}

type Known = Map<number, { kind: string; handle: string; stackId: number | null }>

async function lookUpResources(tx: Recorder, list: NewEvent[]): Promise<Known> {
  const named = list.flatMap(({ environmentId, resource }) => [environmentId, resource?.id]).filter((id) => typeof id === 'number')
  if (named.length === 0) return new Map()
  const rows = await tx.select({ id: resources.id, kind: resources.kind, handle: resources.handle, stackId: resources.stackId }).from(resources).where(inArray(resources.id, [...new Set(named)]))
  return new Map(rows.map(({ id, ...row }) => [id, row]))
}

function rowOf({ kind, actor, source, environmentId = null, stackId, appId, resource, operationId, detail }: NewEvent, known: Known): typeof events.$inferInsert {
  const [own, environment] = [resource && known.get(resource.id), environmentId === null ? undefined : known.get(environmentId)]
  return {
    kind,
    actorKind: actor.kind,
    actorId: actor.id,
    actorName: actor.name,
    actorEmail: actor.email,
    source: source ?? (actor.kind === 'user' ? 'dashboard' : actor.kind),
    resourceId: resource?.id,
    resourceKind: resource?.kind ?? own?.kind,
    resourceHandle: resource?.handle,
    stackId: stackId ?? own?.stackId ?? environment?.stackId,
    environmentId,
    environmentHandle: environment?.handle,
    appId,
    operationId,
    detail,
  }
}
