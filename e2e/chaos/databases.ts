import { eq } from 'drizzle-orm'
import { stacks } from '#drizzle/schema/stack.ts'
import { createSweep } from '#lib/container/sweep.ts'
import { revealUrl } from '#lib/database/reveal-url.ts'
import { Bank } from '#lib/database/test-bank.ts'
import { db } from '#lib/db/client.ts'
import type { Driver } from '#lib/drivers/driver.ts'
import { openDriver } from '#lib/drivers/index.ts'
import { clearVolumes } from '../support/clear-volumes.ts'
import { checkDatabases } from './database-checks.ts'
import { nextOnDatabase } from './database-deeds.ts'
import type { Ground } from './ground.ts'
import { Holdings, listBackups, listDatabases, nameOf } from './holdings.ts'
import { actor, perform } from './perform.ts'
import type { Failed, World } from './world.ts'

const version = { type: 'postgresql', version: '18' }
const writers = 2

/** A bank that is written to all the while, and databases that are brought back from its backups. */
export async function openDatabases(ground: Ground): Promise<World> {
  await ground.offerDatabases()
  const stackId = await perform('stack', 'provision', ground.stack)
  const [stack] = await db.select().from(stacks).where(eq(stacks.id, stackId))
  const driver = await openDriver(stack!)
  try {
    const environment = await perform('environment', 'provision', { stack: stackId, handle: 'chaos' })
    const database = await perform('database', 'provision', { environment, handle: 'bank', ...version, memoryMb: 64, volumeMb: 512 })
    const bank = await new Bank(await revealUrl(actor, database)).found()
    bank.open(writers)
    return openWorld(ground, driver, database, bank)
  } catch (error) {
    await clearVolumes(driver).catch(() => {})
    throw error
  }
}

function openWorld(ground: Ground, driver: Driver, database: number, bank: Bank): World {
  const holdings = new Holdings(database, bank)
  return {
    ground,
    driver,
    next: (chance) => nextOnDatabase(holdings, ground.places, chance),
    victims: async () => (await driver.list()).filter(({ running }) => running).map(({ name }) => name),
    mayFail,
    check: () => checkDatabases(driver, ground),
    checkUse: async () => [{ name: 'databases that lack what was acknowledged', problems: await holdings.audit() }],
    async conclude() {
      await bank.close()
      const problems = await holdings.audit()
      await bringBack(holdings)
      problems.push(...(await holdings.audit()))
      return [
        { name: 'in the end, and brought back once more: databases that lack what was acknowledged', problems },
        { name: 'what is left when all is gone', problems: await leave(ground) },
      ]
    },
    figures: () => ({ title: 'Writes', rows: [{ database: 'bank', writers, acknowledged: bank.acknowledged.size }] }),
    async close() {
      await bank.end()
      // Nothing stays mounted of a folder that is to go.
      await clearVolumes(driver).catch(() => {})
    },
  }
}

/** It was taken away under it, or purged or deprovisioned by what came first. */
function mayFail({ error, startedAt, finishedAt }: Failed, killedAt: Date[]): boolean {
  const killed = killedAt.some((at) => at >= startedAt && at <= finishedAt)
  return /has been (purged|deprovisioned)\.$/.test(error) || (killed && /has ended and does not answer|was restarted during the backup|exit code 137/.test(error))
}

/** The bank itself, from the backup that is made when it goes. */
async function bringBack(holdings: Holdings): Promise<void> {
  const recorded = holdings.beforeBackup()
  await perform('database', 'deprovision', { database: holdings.bank, confirm: 'bank' })
  const last = (await listBackups()).find(({ databaseId, final }) => databaseId === holdings.bank && final)!
  recorded(last.operationId)
  await perform('database', 'restore', { backup: last.id, handle: 'bank' })
}

async function leave(ground: Ground): Promise<string[]> {
  for (const { id, handle } of await listDatabases()) await perform('database', 'deprovision', { database: id, confirm: handle, finalBackup: false })
  for (const { id, databaseId } of await listBackups()) await perform('database', 'purge', { backup: id, confirm: await nameOf(databaseId) })
  // What a sweep leaves for ten minutes, in case it is needed after all.
  const sweep = createSweep(() => {}, { everyMs: 0, keptEveryMs: 0, graceMs: 0, keptGraceMs: 0 })
  await sweep(async () => {})
  await sweep(async () => {})
  await sweep.end()
  return ground.left()
}
