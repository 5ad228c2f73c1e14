import { expect } from 'vitest'
import { testOperation } from '../runner/contract.ts'
import { configure } from './configure.ts'
import { openStage } from './world.ts'

testOperation(
  configure,
  () =>
    openStage(async (world) => {
      const app = await world.makeServedApp()
      let made = 0
      return async () => {
        const value = `hello, visitor ${++made}`
        return {
          input: { app, set: { GREETING: { value } } },
          bePromised: async () => expect(world.runningOf(app).map(({ variables }) => variables.GREETING)).toEqual([value, value]),
        }
      }
    }),
  { twice: false },
)
