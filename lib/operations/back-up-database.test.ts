import { expect } from 'vitest'
import { testOperation } from '../runner/contract.ts'
import { backUpDatabase } from './back-up-database.ts'
import { openStage } from './world.ts'

testOperation(backUpDatabase, () =>
  openStage(async (world) => {
    const database = await world.makeDatabase()
    await world.write(database, 'kept')
    return async () => {
      const { backups: before } = await world.look()
      return {
        input: { database, place: 'elsewhere' },
        bePromised: async () => {
          const { backups } = await world.look()
          expect(backups).toHaveLength(before.length + 1)
          const { volume, bytes, final } = backups.at(-1)!
          expect({ final, written: bytes > 0 }).toEqual({ final: false, written: true })
          const kept = world.engine.volumes.get(volume)!
          expect(kept).toMatchObject({ place: 'elsewhere', attached: false, owner: { id: database } })
          expect(kept.files.get('data/rows')).toBe('kept')
          expect(await world.rows(database)).toEqual(['kept'])
        },
      }
    }
  }),
)
