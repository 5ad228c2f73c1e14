import { randomUUID } from 'node:crypto'
import { eq, isNull } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { events } from '#drizzle/schema/activity.ts'
import { apps } from '#drizzle/schema/app.ts'
import { blocks } from '#drizzle/schema/hold.ts'
import { db } from '../db/client.ts'
import { Refusal } from '../refusal.ts'
import { markResolved } from '../runner/block.ts'
import { findOperation as readSnapshot } from '../runner/queries.ts'
import { testOperation } from '../runner/contract.ts'
import { ended, findOperation, logOf, tester } from '../runner/rehearsal.ts'
import { start } from '../runner/start.ts'
import { deploy } from './deploy.ts'
import { deprovisionApp } from './deprovision-app.ts'
import { isGone } from './is-gone.ts'
import { restart } from './restart.ts'
import { retryRollback } from './retry-rollback.ts'
import { inWorld, openStage, World } from './world.ts'

/** A deploy of an app that failed its health check, and whose new containers the engine did not let go. */
async function blockedDeploy(world: World, app: number): Promise<number> {
  world.push({ procfile: 'web: crash\nworker: serve' })
  world.crew.hook = ({ point, step }) => {
    if (point === 'before remove' && deploy.steps[step]?.name === 'start the new containers beside the old') throw new Refusal('conflict', 'the engine is busy')
  }
  const { id } = await world.crew.start(deploy, { app })
  expect(await ended(id)).toMatchObject({ status: 'failed', rollback: 'incomplete' })
  world.crew.hook = () => {}
  world.push()
  return id
}

testOperation(retryRollback, () =>
  openStage(
    async (world) => {
      const app = await world.makeServedApp()
      return async () => {
        const standing = await db.select().from(blocks).where(isNull(blocks.liftedAt))
        for (const { operationId } of standing) await markResolved(tester, operationId, 'the test goes on')
        const operation = await blockedDeploy(world, app)
        return {
          input: { operation },
          bePromised: async () => {
            const [block] = await db.select().from(blocks).where(eq(blocks.operationId, operation))
            expect(block).toMatchObject({ liftedBy: 'Davit' })
          },
        }
      }
    },
    // What it has put back stays put back, also when it fails; the sweep would have done the same.
    { looksAfterSweep: true },
  ),
)

describe('an incomplete rollback', () => {
  let world: World
  inWorld((opened) => (world = opened))

  /** A blocked app with an operation behind it. */
  async function blocked() {
    const app = await world.makeServedApp()
    const failed = await blockedDeploy(world, app)
    const { id: waiting } = await world.crew.start(restart, { app })
    return { failed, app, waiting }
  }

  test('lists what is left over, and keeps what is queued waiting', async () => {
    const { failed, waiting } = await blocked()
    expect((await findOperation(failed)).leftovers).toEqual(['stop and remove the new containers: the engine is busy'])
    expect((await logOf(failed)).slice(-3)).toEqual([
      'Could not be put back:',
      '  - stop and remove the new containers: the engine is busy',
      'The rollback is incomplete: one thing could not be put back.',
    ])
    // What is started later on another app goes by; the blocked one's would have been carried out first.
    await world.makeServedApp()
    expect(await findOperation(waiting)).toMatchObject({ status: 'queued', ready: false })
  })

  test('is put right by a retry, and what waited goes on', async () => {
    const { failed, app, waiting } = await blocked()
    await world.crew.carryOut(retryRollback, { operation: failed })
    expect(await ended(waiting)).toMatchObject({ status: 'succeeded' })
    expect(await isGone(await readSnapshot(tester, waiting))).toBe(false)
    await expect(world.crew.start(retryRollback, { operation: failed })).rejects.toThrow('Nothing is blocked')
    expect(world.runningOf(app)).toHaveLength(2)
  })

  test('is still left when a retry fails, and the retry says so', async () => {
    const { failed } = await blocked()
    world.crew.hook = ({ point, operationId }) => {
      if (point === 'before remove' && operationId !== failed) throw new Refusal('conflict', 'the engine is busy')
    }
    const { id } = await start(retryRollback, { operation: failed }, tester, { requestKey: randomUUID(), retriesId: failed })
    expect(await ended(id)).toMatchObject({ status: 'failed' })
    world.crew.hook = () => {}
    expect((await logOf(id)).at(-1)).toBe('What was left and is not put back is still left, and stays blocked.')
    const { links } = await readSnapshot(tester, id)
    expect(links.retries).toMatchObject({ id: failed, leftovers: ['stop and remove the new containers: the engine is busy'] })
    await markResolved(tester, failed, 'the test goes on')
  })

  test('is marked as resolved by hand, with a reason that is kept', async () => {
    const { failed, waiting } = await blocked()
    await markResolved(tester, failed, 'removed by hand')
    expect(await ended(waiting)).toMatchObject({ status: 'succeeded' })
    const [event] = await db.select().from(events).where(eq(events.detail, `operation ${failed}: removed by hand`))
    expect(event).toMatchObject({ kind: 'block resolved', actorName: 'Tester' })
    expect((await readSnapshot(tester, failed)).lifted).toMatchObject([{ by: 'Tester', reason: 'removed by hand' }])
    await expect(markResolved(tester, failed, 'again')).rejects.toThrow('Nothing is blocked')
  })

  test('does not keep the app from being deprovisioned, and what waited is told that it is gone', async () => {
    const { app, waiting } = await blocked()
    const [row] = await db.select().from(apps).where(eq(apps.id, app))
    await world.crew.carryOut(deprovisionApp, { app, confirm: row!.handle })
    expect(await ended(waiting)).toMatchObject({ status: 'failed', error: `${row!.handle} has been deprovisioned.` })
    expect(world.runningOf(app)).toEqual([])
    expect(await isGone(await readSnapshot(tester, waiting))).toBe(true)
  })
})
