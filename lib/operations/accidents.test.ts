import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { Refusal } from '../refusal.ts'
import { requestCancel } from '../runner/cancel.ts'
import type { Moment } from '../runner/contract/crew.ts'
import type { Definition } from '../runner/define.ts'
import { ended, logOf, tester } from '../runner/rehearsal.ts'
import { backUpDatabase } from './back-up-database.ts'
import { deprovisionDatabase } from './deprovision-database.ts'
import { provisionDatabase } from './provision-database.ts'
import { purgeBackup } from './purge-backup.ts'
import { resizeDatabase } from './resize-database.ts'
import { restartDatabase } from './restart-database.ts'
import { restoreBackup } from './restore-backup.ts'
import { retryRollback } from './retry-rollback.ts'
import { inWorld, type World } from './world.ts'

let world: World
inWorld((opened) => (world = opened))
beforeAll(() => world.crew.hire())
afterEach(() => world.clear())

type Inputs = (database: number, handle: string) => Promise<object> | object

async function backUp(database: number): Promise<number> {
  await world.crew.carryOut(backUpDatabase, { database, place: 'elsewhere' })
  return (await world.look()).backups.at(-1)!.id
}

/** Named last: what can be undone of it, where the other steps have nothing to do. */
const operations: [string, Definition, Inputs, string[]?][] = [
  ['a provision', provisionDatabase, (_database, handle) => ({ environment: world.environment, handle: `${handle}-new`, type: 'ledger', version: '1', memoryMb: 64, volumeMb: 100, place: 'elsewhere' })],
  ['a restart', restartDatabase, (database) => ({ database, memoryMb: 128 })],
  ['a move', restartDatabase, (database) => ({ database, place: 'elsewhere' })],
  ['growing', resizeDatabase, (database) => ({ database, volumeMb: 120 }), ['look at what there is']],
  ['growing while it is stopped', resizeDatabase, (database) => ((world.engine.growsWhileUsed = false), { database, volumeMb: 120 })],
  ['shrinking', resizeDatabase, (database) => ({ database, volumeMb: 80 })],
  ['a backup', backUpDatabase, (database) => ({ database, place: 'elsewhere' })],
  ['a deprovision', deprovisionDatabase, (database, handle) => ({ database, confirm: handle, finalBackup: true })],
  ['a restore', restoreBackup, async (database, handle) => ({ backup: await backUp(database), handle: `${handle}-again`, place: 'memory' })],
  ['a purge', purgeBackup, async (database, handle) => ({ backup: await backUp(database), confirm: handle })],
]

interface Spot {
  step: number
  direction?: 'run' | 'compensate'
  point?: 'opened' | 'ran'
  /** This step fails once it has acted. */
  fails?: number
}

let made = 0

/** Carries an operation on a database out, and lets something happen in one of its steps: before it acts, or once it has. */
async function meet(definition: Definition, inputFor: Inputs, { step, direction = 'run', point = 'opened', fails }: Spot, happens: (moment: Moment) => Promise<unknown> | void) {
  world.engine.growsWhileUsed = true
  const handle = `books-of-${++made}`
  const database = await world.makeDatabase(handle)
  await world.write(database, 'kept')
  const input = await inputFor(database, handle)
  let met = false
  world.crew.hook = async (moment) => {
    if (moment.step === fails && moment.direction === 'run' && moment.point === 'ran') throw new Refusal('conflict', 'the test says so')
    if (met || moment.step !== step || moment.point !== point || moment.direction !== direction) return
    met = true
    await happens(moment)
  }
  const { id } = await world.crew.start(definition, input)
  const row = await ended(id)
  world.crew.hook = () => {}
  // What has nothing to do is not begun.
  expect(met || definition.steps[step]!.skips !== undefined).toBe(true)
  return { database, row, log: (await logOf(id)).join('\n') }
}

/** Of the machine that Davit runs on. */
async function reboot({ member }: Moment) {
  await member.kill()
  world.engine.reboot()
}

describe.each(operations)('%s loses nothing when', (_what, definition, inputFor, undoable) => {
  const steps = definition.steps.map(({ name, compensate }, step) => ({ name, step, compensate }))
  const undone = steps.filter(({ name, compensate }) => compensate && (undoable?.includes(name) ?? true))

  /** All is in order again, and what was written is there. */
  async function beWell({ database, row, log }: Awaited<ReturnType<typeof meet>>) {
    await world.sweep()
    await world.beSound()
    if (row.type !== 'deprovision' || row.status !== 'succeeded') expect(await world.rows(database), log).toEqual(['kept'])
  }

  test.each(steps.flatMap((one) => (['opened', 'ran'] as const).map((point) => ({ ...one, point }))))('the machine is started anew, and goes on: $name, $point', async (spot) => {
    const met = await meet(definition, inputFor, spot, async (moment) => {
      await reboot(moment)
      await world.crew.hire()
    })
    expect(met.row, met.log).toMatchObject({ status: 'succeeded', leftovers: [] })
    await beWell(met)
  })

  test.each(steps)('the machine is started anew, and somebody cancels: $name', async ({ step }) => {
    const met = await meet(definition, inputFor, { step, point: 'ran' }, async (moment) => {
      await reboot(moment)
      await requestCancel(tester, moment.operationId, () => 'operate').catch((error: Error) => expect(error.message).toContain('Too late'))
      await world.crew.hire()
    })
    expect(met.row.leftovers, met.log).toEqual([])
    await beWell(met)
  })

  if (undone.length > 0) {
    test.each(undone)('the machine is started anew while it is undone: $name', async ({ step }) => {
      const met = await meet(definition, inputFor, { step, direction: 'compensate', fails: undone.at(-1)!.step }, async (moment) => {
        await reboot(moment)
        await world.crew.hire()
      })
      expect(met.row, met.log).toMatchObject({ status: 'failed', rollback: 'complete' })
      await beWell(met)
    })
  }

  test.each(steps)('its containers are gone: $name', async ({ step }) => {
    const met = await meet(definition, inputFor, { step }, () => {
      for (const name of world.engine.containers.keys()) world.engine.end(name, 137)
      world.engine.containers.clear()
    })
    expect(met.row.leftovers, met.log).toEqual([])
    await beWell(met)
  })

  test.each(steps.flatMap((one) => ['memory', 'elsewhere'].map((place) => ({ ...one, place }))))('$place is away, and back afterwards: $name', async ({ step, place }) => {
    const met = await meet(definition, inputFor, { step }, () => world.engine.losePlace(place))
    world.engine.bringPlace(place)
    if (met.row.rollback === 'incomplete') await world.crew.carryOut(retryRollback, { operation: met.row.id })
    await beWell(met)
  })
})

test('a move whose new place goes away half-way serves again at the old one before anything is tried there again', async () => {
  const step = restartDatabase.steps.findIndex(({ name }) => name === 'start the new container')
  const { database, row, log } = await meet(restartDatabase, (id) => ({ database: id, place: 'elsewhere' }), { step }, () => world.engine.losePlace('elsewhere'))
  expect(row).toMatchObject({ status: 'failed', rollback: 'incomplete' })
  const serves = log.indexOf('Undone: start the old container again, on the old volume')
  expect(serves, log).toBeGreaterThan(0)
  expect(log.indexOf('failed and is tried again'), log).toBeGreaterThan(serves)
  expect(await world.rows(database)).toEqual(['kept'])
  world.engine.bringPlace('elsewhere')
  await world.crew.carryOut(retryRollback, { operation: row.id })
  await world.sweep()
  await world.beSound()
})
