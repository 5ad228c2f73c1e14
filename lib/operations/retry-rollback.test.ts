import { eq } from 'drizzle-orm'
import { expect } from 'vitest'
import { blocks } from '#drizzle/schema.ts'
import { db } from '../db/client.ts'
import { Refusal } from '../refusal.ts'
import { testOperation } from '../runner/contract.ts'
import { ended } from '../runner/rehearsal.ts'
import { deploy } from './deploy.ts'
import { retryRollback } from './retry-rollback.ts'
import { openStage, type World } from './world.ts'

/** A deploy that failed its health check, and whose new containers the engine did not let go. */
async function blockedDeploy(world: World): Promise<number> {
  const app = await world.makeServedApp()
  world.push({ procfile: 'web: crash\nworker: serve' })
  world.crew.hook = ({ point }) => {
    if (point === 'before remove') throw new Refusal('conflict', 'the engine is busy')
  }
  const { id } = await world.crew.start(deploy, { app })
  expect(await ended(id)).toMatchObject({ status: 'failed', rollback: 'incomplete' })
  world.crew.hook = () => {}
  world.push()
  return id
}

testOperation(retryRollback, () =>
  openStage(
    async (world) => async () => {
      const operation = await blockedDeploy(world)
      return {
        input: { operation },
        bePromised: async () => {
          const [block] = await db.select().from(blocks).where(eq(blocks.operationId, operation))
          expect(block).toMatchObject({ liftedBy: 'Davit' })
        },
      }
    },
    // What it has put back stays put back, also when it fails; the sweep would have done the same.
    { looksAfterSweep: true },
  ),
)
