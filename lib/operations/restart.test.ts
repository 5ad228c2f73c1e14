import { expect } from 'vitest'
import { testOperation } from '../runner/contract.ts'
import { restart } from './restart.ts'
import { currentRelease, openStage } from './world.ts'

testOperation(restart, () =>
  openStage(
    async (world) => {
      const app = await world.makeServedApp()
      return async () => {
        const before = world.runningOf(app).map(({ name }) => name)
        const { image, formation, configurationId } = await currentRelease(app)
        return {
          // Replaced at once: requests are lost, and the point of no return lies where the old ones stop.
          input: { app, strategy: 'immediate' },
          bePromised: async () => {
            const after = world.runningOf(app).map(({ name }) => name)
            expect(after).toHaveLength(before.length)
            expect(after.filter((name) => before.includes(name))).toEqual([])
            expect(await currentRelease(app)).toMatchObject({ image, formation, configurationId })
          },
        }
      }
    },
    { interrupts: true },
  ),
)
