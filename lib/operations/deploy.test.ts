import { expect } from 'vitest'
import { testOperation } from '../runner/contract.ts'
import { deploy } from './deploy.ts'
import { currentRelease, openStage } from './world.ts'

testOperation(deploy, () =>
  openStage(async (world) => {
    const app = await world.makeServedApp()
    return async () => {
      const version = world.push()
      return {
        input: { app },
        bePromised: async () => {
          expect((await currentRelease(app)).image.version).toBe(version)
          expect(world.runningOf(app)).toHaveLength(2)
        },
      }
    }
  }),
)
