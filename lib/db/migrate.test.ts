import { expect, test } from 'vitest'
import { refuseOlderDatabase } from './migrate.ts'
import { openOlderDatabase } from './test-older-database.ts'

test('code that is newer than the db is refused until the db is brought up to date', async () => {
  const { sql, migrate, drop } = await openOlderDatabase(19)
  await expect(refuseOlderDatabase(sql)).rejects.toThrow('The db is older than this version of Davit.')
  await migrate()
  await refuseOlderDatabase(sql)
  await drop()
})
