import { describe, expect, test } from 'vitest'
import { findServing } from '../database/find-live.ts'
import { db } from '../db/client.ts'
import { ended, gate, logOf, tester, until } from '../runner/rehearsal.ts'
import { start } from '../runner/start.ts'
import { backUpDatabase } from './back-up-database.ts'
import { type BankWorld, carryOut, lastBackup, ownOf, rowOf, wrongWith } from './bank-world.ts'
import { deprovisionDatabase } from './deprovision-database.ts'
import { purgeBackup } from './purge-backup.ts'
import { resizeDatabase } from './resize-database.ts'
import { restartDatabase } from './restart-database.ts'
import { restoreBackup } from './restore-backup.ts'
import { resourceOf } from './world.ts'

/** What holds on every driver while the bank is written to. `backupPlace`: where there are several. */
export function testBank(opened: () => BankWorld, { backupPlace }: { backupPlace?: string } = {}): void {
  describe('a bank in it', () => {
    test('is restarted to a larger memory size, which says how long it took, and loses nothing that was acknowledged', async () => {
      const { database, bank } = opened()
      await bank.more(200)
      const before = await findServing(db, database)
      const { downtimeMs, id } = await carryOut(restartDatabase, { database, memoryMb: 128 })
      await bank.more(200)
      expect(downtimeMs).toBeGreaterThan(0)
      expect((await logOf(id)).join('\n')).toContain(`The longest time between two answers was ${downtimeMs} ms; planned were 3000 ms.`)
      const after = await findServing(db, database)
      expect({ host: after.host, port: after.port }).toEqual({ host: before.host, port: before.port })
      expect(after.name).not.toBe(before.name)
      const own = await ownOf(database)
      expect(await own`show shared_buffers`).toEqual([{ shared_buffers: '32MB' }])
      await own.end()
      expect(await wrongWith(database, bank.acknowledged)).toEqual([])
    })

    test('goes on being served while its volume grows', async () => {
      const { database } = opened()
      const { name } = await findServing(db, database)
      await carryOut(resizeDatabase, { database, volumeMb: 640 })
      expect(await rowOf(database)).toMatchObject({ volumeMb: 640 })
      expect((await findServing(db, database)).name).toBe(name)
    })

    test('is backed up under load, with checkpoints forced, and restored with sums, sequences and indexes that agree', async () => {
      const before = await opened().backUp({ place: backupPlace })
      const { id: backup, bytes } = await lastBackup()
      expect(bytes).toBeGreaterThan(1024 ** 2)
      await useUp(backup, before)
    })
  })
}

/** `lose` ends the database in the middle of a backup; `bringBack` does what a sweep cannot, once the backup goes on. */
export function testInterruptedBackup(opened: () => BankWorld, lose: () => Promise<void>, bringBack: (saying: (text: string) => Promise<void>) => Promise<void> = async () => {}): void {
  test('a backup in which the database ends begins anew once it is there again, and says so', async () => {
    const world = opened()
    const before = [...world.bank.acknowledged]
    const copying = gate()
    world.copies.begin = copying.pass
    const { id } = await start(backUpDatabase, { database: world.database }, tester)
    await copying.reached
    await lose()
    copying.open()
    await bringBack((part) => until(async () => (await logOf(id)).some((text) => text.includes(part))).then(() => {}))
    const row = await world.swept(() => ended(id))
    const said = await logOf(id)
    expect(row.status, said.join('\n')).toBe('succeeded')
    expect(said.filter((text) => text.startsWith('The database'))).toEqual([
      expect.stringContaining('The database was restarted during the backup'),
      'The database answers again; the backup begins anew (try 2 of 3).',
    ])
    await useUp((await lastBackup()).id, before)
  })
}

async function useUp(backup: number, acknowledged: number[]): Promise<void> {
  const restored = await resourceOf((await carryOut(restoreBackup, { backup, handle: 'restored', memoryMb: 64 })).id)
  expect(await wrongWith(restored, acknowledged)).toEqual([])
  await carryOut(purgeBackup, { backup, confirm: 'bank' })
  await carryOut(deprovisionDatabase, { database: restored, confirm: 'restored', finalBackup: false })
}

/** Deprovisions it and restores it from its final backup: the end of its world. `left`: what there may be in between. */
export function testLastOfBank(opened: () => BankWorld, left: (volume: string) => Promise<void> = async () => {}): void {
  test('a bank is there again after a deprovision, with all that was ever acknowledged', async () => {
    const { database, bank } = opened()
    await bank.more(100)
    await carryOut(deprovisionDatabase, { database, confirm: 'bank' })
    await bank.close()
    const { id: backup, final, volume } = await lastBackup()
    expect(final).toBe(true)
    await left(volume)
    const restored = await resourceOf((await carryOut(restoreBackup, { backup, handle: 'bank' })).id)
    expect(await wrongWith(restored, bank.acknowledged)).toEqual([])
  })
}
