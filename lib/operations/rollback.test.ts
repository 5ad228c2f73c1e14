import { expect } from 'vitest'
import { testOperation } from '../runner/contract.ts'
import { deploy } from './deploy.ts'
import { rollback } from './rollback.ts'
import { currentRelease, openStage } from './world.ts'

testOperation(
  rollback,
  () =>
    openStage(async (world) => {
      const app = await world.makeServedApp()
      return async () => {
        const { image, formation, configurationId } = await currentRelease(app)
        world.push()
        const operation = await world.crew.carryOut(deploy, { app })
        return {
          input: { operation },
          bePromised: async () => expect(await currentRelease(app)).toMatchObject({ image, formation, configurationId, discardedAt: null }),
        }
      }
    }),
  { twice: false },
)
