import { expect } from 'vitest'
import { testOperation } from '../runner/contract.ts'
import { restartDatabase } from './restart-database.ts'
import { openStage } from './world.ts'

/** In turns to another memory size where it is, and to the other of two places. */
for (const moves of [false, true]) {
  testOperation(
    restartDatabase,
    () =>
      openStage(async (world) => {
        const database = await world.makeDatabase()
        let writes = 0
        return async () => {
          const before = await world.database(database)
          await world.write(database, `row ${++writes}`)
          const rows = await world.rows(database)
          const memoryMb = before.memoryMb === 64 ? 128 : 64
          const place = before.place === 'memory' ? 'elsewhere' : 'memory'
          return {
            input: moves ? { database, place } : { database, memoryMb },
            bePromised: async () => {
              const after = await world.database(database)
              expect(await world.rows(database)).toEqual(rows)
              expect(after).toMatchObject(moves ? { place, memoryMb: before.memoryMb } : { place: before.place, memoryMb, volume: before.volume })
              expect(world.runningOf(database)).toMatchObject([{ variables: { MEMORY: String(after.memoryMb) } }])
            },
          }
        }
      }),
    { twice: moves },
  )
}
