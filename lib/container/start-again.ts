import { and, eq } from 'drizzle-orm'
import { containers } from '#drizzle/schema/container.ts'
import { resources } from '#drizzle/schema/resource.ts'
import { recordEvent } from '../activity/record-event.ts'
import { db } from '../db/client.ts'
import type { ContainerState, Driver, StepIo } from '../drivers/driver.ts'
import { specOf } from './spec.ts'

const BACK_OFF_SECONDS_MAX = 300
/** One that stayed up this long begins its back-off anew. */
const STAYED_UP_SECONDS = 600

/**
 * Starts a container again that should run and does not: it died, the machine was restarted, or Davit was
 * away. Its row stays locked meanwhile: an operation that wants it gone says so in that row first, and
 * waits here or is seen. Returns whether its address changed.
 */
export async function startAgain(driver: Driver, name: string, state: ContainerState | null, io: StepIo): Promise<boolean> {
  return db.transaction(async (tx) => {
    const [row] = await tx
      .select()
      .from(containers)
      .where(and(eq(containers.name, name), eq(containers.phase, 'wanted')))
      .for('update')
    const now = new Date()
    if (!row || (row.nextStartAt !== null && row.nextStartAt > now)) return false
    const stayedUp = row.startedAt !== null && now.getTime() - row.startedAt.getTime() > STAYED_UP_SECONDS * 1000
    const inARow = stayedUp ? 1 : row.restartsInARow + 1
    const delaySeconds = Math.min(BACK_OFF_SECONDS_MAX, 2 ** (inARow - 1))
    const spec = await specOf(name, state?.fence ?? 0, tx)
    // After the machine was started anew nothing is attached.
    if (spec.volume !== undefined) await driver.volumes?.attach({ name: spec.volume }, io)
    const { address } = await driver.start(spec, io)
    await tx
      .update(containers)
      .set({
        host: address?.host ?? null,
        port: address?.port ?? null,
        restarts: row.restarts + 1,
        restartsInARow: inARow,
        startedAt: now,
        nextStartAt: new Date(now.getTime() + delaySeconds * 1000),
      })
      .where(eq(containers.name, name))
    await recordRestart(tx, row, describeEnd(state))
    return address?.host !== row.host || address?.port !== row.port
  })
}

function describeEnd(state: ContainerState | null): string {
  if (state === null) return 'it was gone'
  return state.exitCode === null ? 'it had ended unseen' : `it had ended with exit code ${state.exitCode}`
}

type Tx = Parameters<Parameters<typeof db.transaction>[0]>[0]

async function recordRestart(tx: Tx, row: typeof containers.$inferSelect, why: string) {
  const [owner] = await tx.select().from(resources).where(eq(resources.id, row.ownerId))
  await recordEvent(tx, {
    kind: 'container started again',
    actor: { kind: 'davit', id: null, name: 'Davit', email: null },
    resource: owner,
    environmentId: owner?.environmentId,
    appId: owner?.kind === 'app' ? owner.id : null,
    operationId: row.operationId,
    detail: `${row.service} (${row.name}), restart ${row.restarts + 1}: ${why}`,
  })
}
