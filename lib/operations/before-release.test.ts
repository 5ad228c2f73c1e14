import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Member } from '../runner/contract/crew.ts'
import { ended, logOf } from '../runner/rehearsal.ts'
import { configure } from './configure.ts'
import { deploy } from './deploy.ts'
import { restart } from './restart.ts'
import { retryRollback } from './retry-rollback.ts'
import { rollback } from './rollback.ts'
import { scale } from './scale.ts'
import { World } from './world.ts'

let world: World
/** How often `migrate` was begun. */
let begun = 0

beforeAll(async () => {
  world = await World.open()
  world.engine.script('migrate', async (self) => {
    begun += 1
    self.say('moving tables')
    await self.poked
    self.say('moved')
    return 0
  })
})
beforeEach(() => {
  world.crew.hook = () => {}
  begun = 0
})
afterAll(async () => {
  await world.crew.dismiss()
  await world.close()
})

const files = (davitYml: string) => ({ procfile: 'web: serve\nworker: serve', davitYml })

/** A deploy whose migration is under way. */
async function startMigrating() {
  world.push(files(''))
  const app = await world.makeServedApp()
  world.push(files('before_release: [migrate]\nafter_rollback: [say loud]'))
  let owner: Member | undefined
  let name = ''
  world.crew.hook = ({ member, point }) => {
    if (point === 'before runOnce') owner = member
  }
  const gate = world.engine.hold('runOnce')
  const { id } = await world.crew.start(deploy, { app })
  name = await gate.reached
  gate.open()
  await world.engine.said(name, 'moving tables')
  return { app, id, name, owner: owner! }
}

/** Another runner finds it running, and only then does it come to its end. */
async function adoptAndPoke(name: string) {
  const gate = world.engine.hold('runOnce', { of: name })
  await world.crew.hire()
  await gate.reached
  gate.open()
  world.engine.poke(name)
}

describe('before_release', () => {
  test('is followed by after_rollback when it fails, from the first command that had begun', async () => {
    world.push(files(''))
    const app = await world.makeServedApp()
    world.push(files('before_release: [say quiet, fail moving]\nafter_rollback: [say loud, say clear]'))
    const before = await world.look()
    const row = await ended((await world.crew.start(deploy, { app })).id)
    expect(row).toMatchObject({ status: 'failed', rollback: 'complete', error: 'before_release ended with exit code 1: fail moving' })
    const log = await logOf(row.id)
    expect(log.filter((line) => ['quiet', 'moving', 'loud', 'clear'].includes(line))).toEqual(['quiet', 'moving', 'loud', 'clear'])
    expect(log.at(-1)).toBe('The rollback is complete: everything that Davit changed was put back. after_rollback has run, for what before_release did: say loud; say clear.')
    await world.sweep()
    await world.beSound()
    expect(await world.look()).toEqual(before)
  })

  test('is listed among what cannot be undone when the app gives no after_rollback', async () => {
    world.push(files(''))
    const app = await world.makeServedApp()
    world.push(files('before_release: [say quiet, fail moving, say never]'))
    const row = await ended((await world.crew.start(deploy, { app })).id)
    const log = await logOf(row.id)
    expect(log.at(-1)).toBe('The rollback is complete: everything that Davit changed was put back. Davit cannot undo what before_release did: say quiet; fail moving.')
    expect(row.lasting).toEqual([{ by: 'before_release', did: ['say quiet', 'fail moving'], answer: null }])
  })

  test('stays listed among what cannot be undone when after_rollback never succeeds', async () => {
    world.push(files(''))
    const app = await world.makeServedApp()
    world.push(files('before_release: [fail moving]\nafter_rollback: [fail loud]'))
    const row = await ended((await world.crew.start(deploy, { app })).id)
    expect(row).toMatchObject({ rollback: 'incomplete', lasting: [{ by: 'before_release', did: ['fail moving'], answer: null }] })
    expect((await logOf(row.id)).at(-1)).toBe('The rollback is incomplete: one thing could not be put back. Davit cannot undo what before_release did: fail moving.')
  })

  test('is followed by after_rollback in a retry, whose image is kept until then, by the sweep as well', async () => {
    world.push(files(''))
    const app = await world.makeServedApp()
    const images = () => [...world.engine.images.values()].filter(({ owner }) => owner === app)
    let heals = false
    world.engine.script('unquiet', async () => (heals ? 0 : 1))
    world.push(files('before_release: [fail moving]\nafter_rollback: [unquiet]'))
    const row = await ended((await world.crew.start(deploy, { app })).id)
    expect(row).toMatchObject({ rollback: 'incomplete' })
    await world.sweep()
    expect(images()).toHaveLength(2)
    heals = true
    await world.crew.carryOut(retryRollback, { operation: row.id })
    await world.sweep()
    expect(images()).toHaveLength(1)
  })

  test('that was never reached leaves nothing that cannot be undone', async () => {
    world.push(files(''))
    const app = await world.makeServedApp()
    world.push(files('before_release: [say quiet]\nservices: {web: {port: maybe}}'))
    const row = await ended((await world.crew.start(deploy, { app })).id)
    expect(row).toMatchObject({ status: 'failed', rollback: 'complete', lasting: [] })
  })

  test('that fails to be followed by after_rollback tries again', async () => {
    world.push(files(''))
    const app = await world.makeServedApp()
    let tries = 0
    world.engine.script('unquiet', async (self) => {
      self.say(`try ${++tries}`)
      return tries === 1 ? 1 : 0
    })
    world.push(files('before_release: [fail moving]\nafter_rollback: [unquiet]'))
    const row = await ended((await world.crew.start(deploy, { app })).id)
    expect(row).toMatchObject({ status: 'failed', rollback: 'complete' })
    expect(tries).toBe(2)
    expect((await logOf(row.id)).filter((line) => line.startsWith('try '))).toEqual(['try 1', 'try 2'])
  })

  test('is adopted, still running, by the next runner when its own dies', async () => {
    const { id, name, owner } = await startMigrating()
    await owner.kill()
    await adoptAndPoke(name)
    expect(await ended(id)).toMatchObject({ status: 'succeeded' })
    expect(begun).toBe(1)
    const log = await logOf(id)
    expect(log.filter((line) => line === 'moving tables' || line === 'moved')).toEqual(['moving tables', 'moved'])
    expect(log.filter((line) => line.startsWith('before_release')).at(-1)).toBe('before_release, 1 of 1, goes on; its container was adopted, not started again: migrate')
  })

  test('is handed over, still running, by a runner that is told to stop', async () => {
    const { id, name, owner } = await startMigrating()
    await world.crew.leave(owner)
    expect(world.engine.containers.get(name)?.running).toBe(true)
    await adoptAndPoke(name)
    expect(await ended(id)).toMatchObject({ status: 'succeeded' })
    expect(begun).toBe(1)
    expect((await logOf(id)).filter((line) => line.startsWith('before_release'))).toEqual([
      'before_release, 1 of 1: migrate',
      'before_release, 1 of 1, goes on; its container was adopted, not started again: migrate',
    ])
  })

  test('does not run twice: gone with its machine it is rolled back, and after_rollback runs', async () => {
    const { id, name, owner } = await startMigrating()
    await owner.kill()
    world.engine.containers.delete(name)
    await world.crew.hire()
    expect(await ended(id)).toMatchObject({ status: 'failed', rollback: 'complete', failedStep: 'run before_release' })
    expect(begun).toBe(1)
    expect(await logOf(id)).toContain('loud')
  })

  test('does not run when the code stays what it is', async () => {
    world.push(files('before_release: [say quiet]'))
    const app = await world.makeServedApp()
    const deployed = await world.crew.carryOut(deploy, { app })
    expect(await logOf(deployed)).toContain('quiet')
    const ids = [
      await world.crew.carryOut(configure, { app, set: { COLOUR: { value: 'blue' } } }),
      await world.crew.carryOut(scale, { app, formation: { web: 2 } }),
      await world.crew.carryOut(restart, { app }),
      await world.crew.carryOut(rollback, { operation: deployed }),
    ]
    for (const id of ids) expect(await logOf(id)).not.toContain('quiet')
  })
})
