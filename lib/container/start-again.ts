import { and, eq, isNull, lte, or, sql as fragment } from 'drizzle-orm'
import { containers } from '#drizzle/schema/container.ts'
import { databases } from '#drizzle/schema/database.ts'
import { resources } from '#drizzle/schema/resource.ts'
import { recordEvent } from '../activity/record-event.ts'
import { makeReady } from '../database/container.ts'
import { db, type Transaction } from '../db/client.ts'
import type { ContainerState, Driver, StepIo } from '../drivers/driver.ts'
import { Refusal } from '../refusal.ts'
import { createMask } from '../secret/mask.ts'
import { nextStart } from './back-off.ts'
import { hint } from './seen.ts'
import { type Container, secretsOf, specOf } from './spec.ts'

/** The event that tells of it. */
export const startedAgain = 'container started again'

/** Longer than a sweep gives to starts: the row stays locked until one has ended, whatever it takes. */
const IDLE_MAX = '60s'

/**
 * Starts a container again that should run and does not: it died, the machine was restarted, or Davit was
 * away; or records that, where a runner died between the start and its record. Its row stays locked meanwhile:
 * an operation that wants it gone says so in that row first, and waits here or is seen. Returns whether its
 * address changed.
 * @throws Refusal why it could not be started, once that is recorded.
 */
export async function startAgain(driver: Driver, name: string, state: ContainerState | null, io: StepIo): Promise<boolean> {
  if (!state?.running && !(await announce(name))) return false
  const moved = await db.transaction(async (tx) => {
    const [row] = await tx.select().from(containers).where(and(eq(containers.name, name), eq(containers.phase, 'wanted'))).for('update')
    if (!row || row.startingAt === null) return false
    const now = new Date()
    const address = state?.running ? state.address : await start(driver, row, state?.fence ?? 0, io, tx)
    if (address instanceof Refusal) {
      await tx.update(containers).set({ ...nextStart(row, new Date(), { refused: true }), startRefusal: address.message }).where(eq(containers.name, name))
      await hint(row.ownerId, tx)
      return address
    }
    await tx
      .update(containers)
      .set({
        ...nextStart(row, now, { refused: false }),
        host: address?.host ?? null,
        port: address?.port ?? null,
        restarts: row.restarts + 1,
        startedAt: state?.running ? state.startedAt : now,
        startingAt: null,
        startRefusal: null,
        seen: 'running',
        seenExitCode: null,
        seenAt: now,
      })
      .where(eq(containers.name, name))
    await recordRestart(tx, row)
    await hint(row.ownerId, tx)
    return address?.host !== row.host || address?.port !== row.port
  })
  if (moved instanceof Refusal) throw moved
  return moved
}

/** Committed before the start, when that is due. */
async function announce(name: string): Promise<boolean> {
  const now = new Date()
  const isDue = or(isNull(containers.nextStartAt), lte(containers.nextStartAt, now))
  const announced = await db.update(containers).set({ startingAt: now }).where(and(eq(containers.name, name), eq(containers.phase, 'wanted'), isDue)).returning({ name: containers.name })
  return announced.length > 0
}

/** Where it is, or why it could not be started. */
async function start(driver: Driver, row: Container, fence: number, io: StepIo, tx: Transaction) {
  const mask = createMask()
  try {
    await tx.execute(fragment`select set_config('idle_in_transaction_session_timeout', ${IDLE_MAX}, true)`)
    mask.add(await secretsOf(row, tx))
    const spec = await specOf(row.name, fence, tx)
    const [database] = await tx.select().from(databases).where(eq(databases.id, row.ownerId))
    if (database) await makeReady(driver.volumes!, database, io)
    return (await driver.start(spec, io)).address
  } catch (error) {
    // One that ran out of time was not refused.
    if (!(error instanceof Refusal) || io.signal.aborted) throw error
    return new Refusal(error.code, mask.apply(error.message))
  }
}

async function recordRestart(tx: Transaction, row: Container) {
  const [owner] = await tx.select().from(resources).where(eq(resources.id, row.ownerId))
  await recordEvent(tx, {
    kind: startedAgain,
    actor: { kind: 'davit', id: null, name: 'Davit', email: null },
    resource: owner,
    environmentId: owner?.environmentId,
    appId: owner?.kind === 'app' ? owner.id : null,
    operationId: row.operationId,
    detail: `${row.service} (${row.name}), restart ${row.restarts + 1}: ${describeEnd(row)}`,
  })
}

function describeEnd({ seen, seenExitCode }: Container): string {
  if (seen === 'gone') return 'it was gone'
  return seenExitCode === null ? 'it had ended unseen' : `it had ended with exit code ${seenExitCode}`
}
