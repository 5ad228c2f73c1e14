import { eq } from 'drizzle-orm'
import { events } from '#drizzle/schema/activity.ts'
import { operations } from '#drizzle/schema/operation.ts'
import { resources } from '#drizzle/schema/resource.ts'
import type { Actor } from '../auth/actor.ts'
import { may, readableEnvironments } from '../auth/allow.ts'
import { db } from '../db/client.ts'
import type { Hint } from './hints.ts'

/** An operation, an event and an app stay in their environment, so that it is looked up once. */
const places = new Map<string, number | null>()
const placesMax = 20_000

/** Whether a hint may reach the actor: an id alone would tell that something happens where they may not look. */
export async function mayHear(actor: Actor, { kind, about }: Pick<Hint, 'kind' | 'about'>): Promise<boolean> {
  if (kind === 'everything' || readableEnvironments(actor) === 'all') return true
  const place = await placeOf(kind, about)
  return place !== null && may(actor, 'read', place)
}

async function placeOf(kind: Exclude<Hint['kind'], 'everything'>, about: number): Promise<number | null> {
  const key = `${kind === 'logs' ? 'operations' : kind} ${about}`
  const known = places.get(key)
  if (known !== undefined) return known
  const table = { operations, logs: operations, activity: events, containers: resources }[kind]
  const [row] = await db.select({ environmentId: table.environmentId }).from(table).where(eq(table.id, about))
  if (!row) return null
  if (places.size > placesMax) places.clear()
  places.set(key, row.environmentId)
  return row.environmentId
}
