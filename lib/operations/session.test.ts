import { expect } from 'vitest'
import { testOperation } from '../runner/contract.ts'
import { session } from './session.ts'
import { openStage } from './world.ts'

testOperation(session, () =>
  openStage(async (world) => {
    const app = await world.makeServedApp()
    return async () => {
      const before = world.running()
      return {
        input: { app, command: 'say how do you do' },
        bePromised: async () => expect(world.running()).toEqual(before),
      }
    }
  }),
)
