import { expect } from 'vitest'
import { testOperation } from '../runner/contract.ts'
import { updateDatabase } from './update-database.ts'
import { openStage } from './world.ts'

testOperation(updateDatabase, () =>
  openStage(async (world) => {
    const database = await world.makeDatabase()
    let made = 0
    return async () => {
      const handle = `renamed-${++made}`
      return {
        input: { database, handle },
        bePromised: async () => {
          const { databases, handles } = await world.look()
          expect(databases.find(({ id }) => id === database)!.handle).toBe(handle)
          expect(handles.find(({ id }) => id === database)!.handle).toBe(handle)
        },
      }
    }
  }),
)
