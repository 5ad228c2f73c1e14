import { expect } from 'vitest'
import { testOperation } from '../runner/contract.ts'
import { backUpDatabase } from './back-up-database.ts'
import { deprovisionDatabase } from './deprovision-database.ts'
import { restoreBackup } from './restore-backup.ts'
import { openStage } from './world.ts'

/** Of a database that is gone. */
testOperation(restoreBackup, () =>
  openStage(async (world) => {
    const former = await world.makeDatabase('former')
    await world.write(former, 'kept')
    await world.crew.carryOut(backUpDatabase, { database: former })
    await world.write(former, 'written later')
    await world.crew.carryOut(deprovisionDatabase, { database: former, confirm: 'former', finalBackup: false })
    const [kept] = (await world.look()).backups
    let made = 0
    return async () => {
      const handle = `again-${++made}`
      return {
        input: { backup: kept!.id, handle, memoryMb: 32 },
        bePromised: async () => {
          const restored = (await world.look()).databases.find((one) => one.handle === handle)!
          expect(restored).toMatchObject({ memoryMb: 32, volumeMb: kept!.volumeMb, credentials: kept!.credentials })
          expect(await world.rows(restored.id)).toEqual(['kept'])
          expect(world.engine.volumes.get(kept!.volume)).toMatchObject({ attached: false })
        },
      }
    }
  }),
)
