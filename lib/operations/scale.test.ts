import { expect } from 'vitest'
import { testOperation } from '../runner/contract.ts'
import { scale } from './scale.ts'
import { currentRelease, openStage } from './world.ts'

testOperation(
  scale,
  () =>
    openStage(async (world) => {
      const app = await world.makeServedApp()
      return async () => {
        const { formation } = await currentRelease(app)
        const wanted = { web: formation.web === 1 ? 2 : 1, worker: formation.worker === 1 ? 0 : 1 }
        return {
          input: { app, formation: wanted },
          bePromised: async () => {
            expect((await currentRelease(app)).formation).toEqual(wanted)
            expect(world.runningOf(app)).toHaveLength(wanted.web + wanted.worker)
          },
        }
      }
    }),
  { twice: false },
)
