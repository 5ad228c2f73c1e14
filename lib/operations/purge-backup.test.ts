import { expect } from 'vitest'
import { testOperation } from '../runner/contract.ts'
import { backUpDatabase } from './back-up-database.ts'
import { purgeBackup } from './purge-backup.ts'
import { openStage } from './world.ts'

testOperation(purgeBackup, () =>
  openStage(async (world) => {
    const database = await world.makeDatabase('main')
    return async () => {
      await world.crew.carryOut(backUpDatabase, { database })
      const { id, volume } = (await world.look()).backups.at(-1)!
      return {
        input: { backup: id, confirm: 'main' },
        bePromised: async () => {
          expect((await world.look()).backups.map((one) => one.id)).not.toContain(id)
          if (!world.notes.join().includes(volume)) expect(world.engine.volumes.has(volume)).toBe(false)
          expect(world.runningOf(database)).toHaveLength(1)
        },
      }
    }
  }),
)
