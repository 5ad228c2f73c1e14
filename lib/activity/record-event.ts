import { eq, sql } from 'drizzle-orm'
import { events } from '#drizzle/schema/activity.ts'
import { resources } from '#drizzle/schema/resource.ts'
import type { Actor } from '../auth/actor.ts'
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

/** The only way into `events`. Names and handles are copied, so that they can be read when their bearers are gone. */
export async function recordEvent(tx: Pick<Transaction, 'insert' | 'select' | 'execute'>, event: NewEvent): Promise<void> {
  const { kind, actor, environmentId = null, stackId = null, appId = null, resource, operationId = null, detail = '' } = event
  const [own, environment] = await Promise.all([resource && find(tx, resource.id), environmentId !== null && find(tx, environmentId)])
  const [row] = await tx
    .insert(events)
    .values({
      kind,
      actorKind: actor.kind,
      actorId: actor.id,
      actorName: actor.name,
      actorEmail: actor.email,
      source: event.source ?? (actor.kind === 'user' ? 'dashboard' : actor.kind),
      resourceId: resource?.id,
      resourceKind: resource?.kind ?? (own ? own.kind : null),
      resourceHandle: resource?.handle,
      stackId: stackId ?? (own ? own.stackId : null) ?? (environment ? environment.stackId : null),
      environmentId,
      environmentHandle: environment ? environment.handle : null,
      appId,
      operationId,
      detail,
    })
    .returning({ id: events.id })
  await tx.execute(sql`select pg_notify('davit_activity', ${String(row?.id ?? 0)})`)
}

async function find(tx: Pick<Transaction, 'select'>, id: number) {
  const [row] = await tx.select({ kind: resources.kind, handle: resources.handle, stackId: resources.stackId }).from(resources).where(eq(resources.id, id))
  return row ?? null
}
