import { and, eq, isNull, lte, or, sql as fragment } from 'drizzle-orm'
import { containers } from '#drizzle/schema/container.ts'
import { databases } from '#drizzle/schema/database.ts'
import { resources } from '#drizzle/schema/resource.ts'
import { recordEvent } from '../activity/record-event.ts'
import { makeReady } from '../database/container.ts'
import { db, type Transaction } from '../db/client.ts'
import type { ContainerState, Driver, StepIo } from '../drivers/driver.ts'
import { specOf } from './spec.ts'

/** The event that tells of it. */
export const startedAgain = 'container started again'

const BACK_OFF_SECONDS_MAX = 300
/** One that stayed up this long begins its back-off anew. */
const STAYED_UP_SECONDS = 600
/** Longer than a sweep gives to starts: the row stays locked until one has ended, whatever it takes. */
const IDLE_MAX = '60s'

/**
 * Starts a container again that should run and does not: it died, the machine was restarted, or Davit was
 * away; or records that, where a runner died between the start and its record. Its row stays locked meanwhile:
 * an operation that wants it gone says so in that row first, and waits here or is seen. Returns whether its
 * address changed.
 */
export async function startAgain(driver: Driver, name: string, state: ContainerState | null, io: StepIo): Promise<boolean> {
  if (!state?.running) await announce(name, state)
  return db.transaction(async (tx) => {
    const [row] = await tx.select().from(containers).where(and(eq(containers.name, name), eq(containers.phase, 'wanted'))).for('update')
    if (!row || !isAnnounced(row)) return false
    const now = new Date()
    const stayedUp = row.startedAt !== null && now.getTime() - row.startedAt.getTime() > STAYED_UP_SECONDS * 1000
    const inARow = stayedUp ? 1 : row.restartsInARow + 1
    const delaySeconds = Math.min(BACK_OFF_SECONDS_MAX, 2 ** (inARow - 1))
    const address = state?.running ? state.address : await start(driver, row, state?.fence ?? 0, io, tx)
    await tx
      .update(containers)
      .set({
        host: address?.host ?? null,
        port: address?.port ?? null,
        restarts: row.restarts + 1,
        restartsInARow: inARow,
        startedAt: state?.running ? state.startedAt : now,
        nextStartAt: new Date(now.getTime() + delaySeconds * 1000),
        seen: 'running',
        seenAt: now,
      })
      .where(eq(containers.name, name))
    await recordRestart(tx, row)
    return address?.host !== row.host || address?.port !== row.port
  })
}

/** What a row says from before a start until it is recorded; other looks say "gone" and "ended with …". */
export const isAnnounced = ({ seen }: Pick<Row, 'seen'>) => /^it (was|had) /.test(seen ?? '')

/** Committed before the start, when that is due. */
async function announce(name: string, state: ContainerState | null) {
  const now = new Date()
  const isDue = or(isNull(containers.nextStartAt), lte(containers.nextStartAt, now))
  await db.update(containers).set({ seen: describeEnd(state), seenAt: now }).where(and(eq(containers.name, name), eq(containers.phase, 'wanted'), isDue))
}

async function start(driver: Driver, { name, ownerId }: Row, fence: number, io: StepIo, tx: Transaction) {
  await tx.execute(fragment`select set_config('idle_in_transaction_session_timeout', ${IDLE_MAX}, true)`)
  const spec = await specOf(name, fence, tx)
  const [database] = await tx.select().from(databases).where(eq(databases.id, ownerId))
  if (database) await makeReady(driver.volumes!, database, io)
  return (await driver.start(spec, io)).address
}

function describeEnd(state: ContainerState | null): string {
  if (state === null) return 'it was gone'
  return state.exitCode === null ? 'it had ended unseen' : `it had ended with exit code ${state.exitCode}`
}

type Row = typeof containers.$inferSelect

async function recordRestart(tx: Transaction, row: Row) {
  const [owner] = await tx.select().from(resources).where(eq(resources.id, row.ownerId))
  await recordEvent(tx, {
    kind: startedAgain,
    actor: { kind: 'davit', id: null, name: 'Davit', email: null },
    resource: owner,
    environmentId: owner?.environmentId,
    appId: owner?.kind === 'app' ? owner.id : null,
    operationId: row.operationId,
    detail: `${row.service} (${row.name}), restart ${row.restarts + 1}: ${row.seen}`,
  })
}
