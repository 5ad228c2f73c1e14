import { randomUUID } from 'node:crypto'
import { eq, inArray, sql as fragment } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import type { z } from 'zod'
import { operations } from '#drizzle/schema/operation.ts'
import { resources } from '#drizzle/schema/resource.ts'
import type { Actor } from '../auth/actor.ts'
import { allowOne } from '../auth/allow.ts'
import { db, type Transaction } from '../db/client.ts'
import { refuseWhenDiskIsLow } from '../db/disk-floor.ts'
import { nothingHere, Refusal } from '../refusal.ts'
import { allowStart, needsOf } from './allow-start.ts'
import { type Definition, planOf, type Target } from './define.ts'
import { throughOutages } from './outage.ts'

export interface StartOptions {
  note?: string | null
  /** The same key twice is the same operation: a double click, a repeated request. */
  requestKey?: string
  source?: string
  rollsBackId?: number
  retriesId?: number
}

/**
 * Records an operation before anything happens. The row is committed when this resolves.
 * @throws Refusal `invalid` with its fields, `forbidden`, `not_found`, `conflict` or `unavailable` (disk).
 */
export async function start<Schema extends z.ZodType>(
  definition: Definition & { schema: Schema },
  input: z.input<Schema>,
  actor: Actor,
  options: StartOptions = {},
): Promise<{ id: number }> {
  const parsed = definition.schema.safeParse(input)
  if (!parsed.success) throw refusalOf(parsed.error)
  return startRecorded(definition, parsed.data, actor, options)
}

/** The same with input that was parsed and sealed before: an operation that is run again. */
export async function startRecorded(definition: Definition, input: unknown, actor: Actor, options: StartOptions): Promise<{ id: number }> {
  const note = options.note?.trim() || null
  if (note && note.length > 2000) throw new Refusal('invalid', 'A note has at most 2000 characters.', { note: 'at most 2000 characters' })
  await refuseWhenDiskIsLow()
  const key = options.requestKey ?? randomUUID()
  const recorded = { definition, input, actor, options: { ...options, note, requestKey: key } }
  try {
    // The key makes the transaction safe to repeat when the answer to its commit was lost.
    return await throughOutages(() => db.transaction((tx) => record(tx, recorded)), () => true)
  } catch (error) {
    // The other half of a double click was first, and has taken the key, the handle or the place; or the answer to the commit was lost.
    const meanwhile = await alreadyRecorded(db, key)
    if (meanwhile) return meanwhile
    throw error
  }
}

interface Recorded {
  definition: Definition
  input: unknown
  actor: Actor
  options: StartOptions & { requestKey: string; note: string | null }
}

async function record(tx: Transaction, { definition, input, actor, options }: Recorded): Promise<{ id: number }> {
  await allowStart(actor, definition, input, tx)
  const target = await definition.target(input as never, tx)
  const primary = await resourceOf(tx, target)
  allowOne(actor, await needsOf(definition, input, tx), primary.environmentId)
  const exclusive = target.exclusive ?? true
  const held = [...(exclusive ? [{ id: primary.id, mode: 'exclusive' as const }] : []), ...(target.also ?? [])]
  // Its holds say when it is ready: without any it would wait for ever.
  if (held.length === 0) throw new Error(`${definition.kind}.${definition.type} holds nothing`)
  // What is not awaited in between goes out at once, and is carried out in this order.
  const locking = lockInOrder(tx, [...new Set(held.map((hold) => hold.id))])
  const inserting = tx
    .insert(operations)
    .values({
      type: definition.type,
      title: target.title,
      input,
      plan: planOf(definition, input as object),
      resourceId: primary.id,
      resourceKind: primary.kind,
      resourceHandle: primary.handle,
      stackId: primary.stackId,
      environmentId: primary.environmentId,
      environmentHandle: primary.environmentHandle,
      appId: primary.appId,
      actorKind: actor.kind,
      actorId: actor.id,
      actorName: actor.name,
      actorEmail: actor.email,
      source: options.source ?? 'dashboard',
      note: options.note,
      requestKey: options.requestKey,
      rollsBackId: options.rollsBackId,
      retriesId: options.retriesId,
      passesBlocks: definition.passesBlocks ?? false,
    })
    .returning({ id: operations.id })
    .execute()
  const taking = tx.execute(fragment`select take_holds(id, ${JSON.stringify(held)}::jsonb) from operations where request_key = ${options.requestKey}`)
  const [, [row]] = await Promise.all([locking, inserting, taking])
  return row!
}

async function alreadyRecorded(tx: Pick<Transaction, 'select'>, requestKey: string) {
  const [row] = await tx.select({ id: operations.id }).from(operations).where(eq(operations.requestKey, requestKey))
  return row
}

async function resourceOf(tx: Transaction, target: Target) {
  if ('create' in target.resource) {
    const [created] = await tx.insert(resources).values(target.resource.create).returning()
    const row = own(created!)
    return { ...row, environmentHandle: row.environmentId === row.id ? row.handle : await handleOf(tx, row.environmentId) }
  }
  const environment = alias(resources, 'environment')
  const [found] = await tx
    .select({ row: resources, environmentHandle: environment.handle })
    .from(resources)
    .leftJoin(environment, eq(environment.id, resources.environmentId))
    .where(eq(resources.id, target.resource.id))
  if (!found) throw nothingHere()
  const row = own(found.row)
  return { ...row, environmentHandle: row.environmentId === row.id ? row.handle : found.environmentHandle }
}

/** An app is its own app, an environment its own environment, so that their activity is one index scan. */
function own(row: typeof resources.$inferSelect) {
  return {
    ...row,
    stackId: row.kind === 'stack' ? row.id : row.stackId,
    environmentId: row.kind === 'environment' ? row.id : row.environmentId,
    appId: row.kind === 'app' ? row.id : row.appId,
  }
}

async function handleOf(tx: Transaction, resourceId: number | null) {
  if (resourceId === null) return null
  const [row] = await tx.select({ handle: resources.handle }).from(resources).where(eq(resources.id, resourceId))
  return row?.handle ?? null
}

/** In id order, as everywhere, so that two who start operations never wait for each other. Sent when it is called, not when it is awaited. */
async function lockInOrder(tx: Transaction, ids: number[]) {
  const locked = await tx.select({ id: resources.id }).from(resources).where(inArray(resources.id, ids)).orderBy(resources.id).for('update').execute()
  // Said before the holds of what is not there fail, and so in place of that.
  if (locked.length < ids.length) throw nothingHere()
}

function refusalOf(error: z.ZodError): Refusal {
  const fields = Object.fromEntries(error.issues.map((issue) => [issue.path.join('.'), issue.message]))
  const [first] = error.issues
  return new Refusal('invalid', first ? `${first.path.join('.') || 'The input'}: ${first.message}` : 'The input is not valid.', fields)
}
