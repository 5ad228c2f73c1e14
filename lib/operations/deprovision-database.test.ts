import { expect } from 'vitest'
import { testOperation } from '../runner/contract.ts'
import { deprovisionDatabase } from './deprovision-database.ts'
import { openStage } from './world.ts'

testOperation(deprovisionDatabase, () =>
  openStage(async (world) => {
    let made = 0
    return async () => {
      const handle = `leaving-${++made}`
      const database = await world.makeDatabase(handle)
      await world.write(database, 'the last word')
      return {
        input: { database, confirm: handle },
        bePromised: async () => {
          const { databases, backups } = await world.look()
          expect(databases.map(({ id }) => id)).not.toContain(database)
          expect(world.runningOf(database)).toEqual([])
          const kept = backups.find(({ databaseId }) => databaseId === database)!
          expect(kept.final).toBe(true)
          const volume = world.engine.volumes.get(kept.volume)!
          expect(volume.attached).toBe(false)
          expect(volume.files.get('data/rows')).toBe('the last word')
        },
      }
    }
  }),
)
