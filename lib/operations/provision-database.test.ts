import { expect } from 'vitest'
import { testOperation } from '../runner/contract.ts'
import { provisionDatabase } from './provision-database.ts'
import { openStage } from './world.ts'

testOperation(provisionDatabase, () =>
  openStage(async (world) => {
    let made = 0
    return async () => {
      const handle = `fresh-${++made}`
      return {
        input: { environment: world.environment, handle, type: 'ledger', version: '1', memoryMb: 64, volumeMb: 100, place: 'elsewhere' },
        bePromised: async () => {
          const { databases } = await world.look()
          const { id, volume } = databases.find((one) => one.handle === handle)!
          expect(world.engine.volumes.get(volume)).toMatchObject({ place: 'elsewhere', sizeMb: 100, owner: { id, handle } })
          await world.write(id, 'first')
          expect(await world.rows(id)).toEqual(['first'])
        },
      }
    }
  }),
)
