import { and, eq } from 'drizzle-orm'
import { operations } from '#drizzle/schema/operation.ts'
import { resources } from '#drizzle/schema/resource.ts'
import type { Actor } from '../auth/actor.ts'
import { allow, allowOne, type Needs, visibleEnvironments } from '../auth/allow.ts'
import type { Transaction } from '../db/client.ts'
import { nothingHere } from '../refusal.ts'
import type { Definition } from './define.ts'

/**
 * Asked before the definition looks at anything, so that no other refusal tells that something is there.
 * What an input names is told by its keys: `app: 7`, `environment: 2`, `operation: 31`.
 */
export async function allowStart(actor: Actor, definition: Definition, input: unknown, tx: Transaction): Promise<void> {
  if (definition.scope === 'owner') return allow(actor, 'owner', null)
  if (visibleEnvironments(actor) === 'all') return
  const places = await environmentsNamed(tx, input as Record<string, unknown>)
  for (const place of places) allowOne(actor, [], place)
  const needs = await needsOf(definition, input, tx)
  for (const place of places) allowOne(actor, needs, place)
}

/** Most types need the same whatever they are given; a rollback needs what it undoes. */
export async function needsOf(definition: Definition, input: unknown, tx: Pick<Transaction, 'select'>): Promise<Needs> {
  const { scope } = definition
  return typeof scope === 'function' ? await scope(input as never, tx) : scope
}

async function environmentsNamed(tx: Transaction, input: Record<string, unknown>): Promise<(number | null)[]> {
  const named = Object.entries(input).filter((entry): entry is [string, number] => typeof entry[1] === 'number')
  const places = await Promise.all(named.map(([key, id]) => (key === 'operation' ? placeOfOperation(tx, id) : placeOfResource(tx, key, id))))
  return places.flat()
}

async function placeOfOperation(tx: Transaction, id: number): Promise<(number | null)[]> {
  const [row] = await tx.select({ environmentId: operations.environmentId }).from(operations).where(eq(operations.id, id))
  if (!row) throw nothingHere()
  return [row.environmentId]
}

/** Nothing for a number that names no resource, such as a port. */
async function placeOfResource(tx: Transaction, kind: string, id: number): Promise<(number | null)[]> {
  const [row] = await tx.select().from(resources).where(and(eq(resources.id, id), eq(resources.kind, kind)))
  if (!row) return []
  return [row.kind === 'environment' ? row.id : row.environmentId]
}
