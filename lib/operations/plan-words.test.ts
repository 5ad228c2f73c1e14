import { beforeEach, describe, expect, test } from 'vitest'
import { requestCancel } from '../runner/cancel.ts'
import { ended, findOperation, inStatus, logOf, tester } from '../runner/rehearsal.ts'
import { type Definition, planOf } from '../runner/define.ts'
import { configure } from './configure.ts'
import { deploy } from './deploy.ts'
import { deprovisionDatabase } from './deprovision-database.ts'
import { restart } from './restart.ts'
import { rollback } from './rollback.ts'
import { scale } from './scale.ts'
import { inWorld, World } from './world.ts'

let world: World
inWorld((opened) => (world = opened))
beforeEach(() => void world.push())

/** Cancels it in that step, and gives what its plan and its log say of what was undone. */
async function cancelledIn(name: string, definition: Definition, input: object) {
  world.crew.hook = async ({ operationId, step, point, direction }) => {
    if (definition.steps[step]?.name !== name || !['opened', 'passed'].includes(point) || direction !== 'run') return
    await requestCancel(tester, operationId, () => 'deploy')
    await inStatus(operationId, 'rolling_back')
  }
  const { id } = await world.crew.start(definition, input)
  expect(await ended(id)).toMatchObject({ status: 'cancelled', rollback: 'complete' })
  const { plan } = await findOperation(id)
  const said = (await logOf(id)).filter((line) => line.startsWith('Undone: ')).map((line) => line.slice('Undone: '.length))
  return { plan, said, undoes: (step: string) => plan.find((one) => one.name === step)!.undoes }
}

const step = (plan: { name: string }[], name: string) => plan.find((one) => one.name === name)!

describe('what would be undone', () => {
  test('speaks of after_rollback for an app that has one', async () => {
    const app = await world.makeServedApp()
    const { plan, said } = await cancelledIn('start the new containers beside the old', deploy, { app })
    expect(said).toEqual(['stop and remove the new containers', 'run after_rollback', 'forget the new containers', 'discard the release', 'remove the image, unless a release has it'])
    expect(step(plan, 'run before_release')).toMatchObject({ undoes: 'run after_rollback' })
    expect(step(plan, 'run before_release')).not.toHaveProperty('leaves')
  })

  test('says that what before_release did stays where the app has no after_rollback', async () => {
    world.push({ procfile: 'web: serve', davitYml: 'before_release: [say quiet]' })
    const app = await world.makeApp()
    const { plan } = await cancelledIn('start the new containers beside the old', deploy, { app })
    expect(step(plan, 'run before_release')).toMatchObject({ undoes: 'remove the containers of before_release', leaves: 'what before_release did stays; the app has no after_rollback' })
  })

  test('says nothing of before_release for an app that has none', async () => {
    world.push({ procfile: 'web: serve', davitYml: 'after_rollback: [say loud]' })
    const app = await world.makeApp()
    const { plan, said } = await cancelledIn('start the new containers beside the old', deploy, { app })
    expect(said.join()).not.toContain('after_rollback')
    expect(step(plan, 'run before_release')).toMatchObject({ undoes: null, skips: 'the app has none' })
  })

  test('starts no old containers again at the first deploy, and has no former release', async () => {
    const app = await world.makeApp()
    await world.giveEndpoint(app)
    const { said } = await cancelledIn('drain the old containers', deploy, { app })
    expect(said).toEqual([
      'make no release current, as before, and send no requests to the new containers',
      'stop and remove the new containers',
      'stop and remove the new containers',
      'run after_rollback',
      'forget the new containers',
      'discard the release',
      'remove the image, unless a release has it',
    ])
  })

  test('starts the old containers again where some were stopped', async () => {
    const app = await world.makeServedApp()
    const { said } = await cancelledIn('drain the old containers', deploy, { app })
    expect(said.slice(0, 3)).toEqual(['make the former release current and send its requests back to the old containers', 'stop and remove the new containers', 'start the old containers again'])
  })

  test.each([
    ['scale', scale, { formation: { web: 2 } }],
    ['restart', restart, {}],
    ['configure', configure, { set: { COLOUR: { value: 'blue' } } }],
  ])('stops no build when a %s has its image', async (_type, definition, input) => {
    const app = await world.makeServedApp()
    const { said, undoes } = await cancelledIn('place the new containers', definition, { app, ...input })
    expect(said).toEqual(['forget the new containers', 'discard the release'])
    expect(undoes('have the image there')).toBeNull()
  })

  test('stops fetching and building only while they may go on, and then removes the image', async () => {
    const app = await world.makeServedApp()
    expect((await cancelledIn('fetch and build the image', deploy, { app })).said).toEqual(['stop fetching or building the image'])
    expect((await cancelledIn('create the release', deploy, { app })).said).toEqual(['discard the release', 'remove the image, unless a release has it'])
    world.crew.hook = () => {}
    const operation = await world.crew.carryOut(deploy, { app })
    expect((await cancelledIn('fetch and build the image', rollback, { operation })).said).toEqual(['stop building the image, if it is not there any more'])
  })
})

test('where an image of a registry is fetched no build is spoken of', () => {
  const version = `sha256:${'0'.repeat(64)}`
  const words = (definition: Definition, known: object) => planOf(definition, known).find(({ name }) => name.endsWith(' the image') || name === 'have the image there')!.undoes
  expect(words(deploy, { ref: version })).toBe('stop fetching the image')
  expect(words(rollback, { version })).toBe('stop fetching the image, if it is not there any more')
  expect(words(restart, { release: { image: { version } } })).toBe('stop fetching the image, if it is not there any more')
})

test('a configuration that waits for the first deploy is forgotten again, and no release is spoken of', async () => {
  const app = await world.makeApp()
  const { said } = await cancelledIn('place the new containers', configure, { app, set: { COLOUR: { value: 'blue' } } })
  expect(said).toEqual(['forget the new configuration'])
})

test('steps that find nothing to do say so', async () => {
  world.push({ procfile: 'web: serve' })
  const app = await world.makeServedApp()
  const { plan } = await findOperation(await world.crew.carryOut(restart, { app }))
  expect(plan.flatMap(({ name, skips }) => (skips === undefined ? [] : [`${name}: ${skips}`]))).toEqual([
    'stop the old containers that cannot run beside new ones: there are none',
    'start the containers that replace them: there are none',
    'wait until they stay up: there are none',
  ])
})

test('steps that wait for health say that it is not awaited when the strategy is immediate', async () => {
  const app = await world.makeServedApp()
  const id = await world.crew.carryOut(restart, { app, strategy: 'immediate' })
  const { plan } = await findOperation(id)
  for (const name of ['wait until they are healthy', 'wait until they stay up']) expect(step(plan, name)).toMatchObject({ skips: 'health is not awaited, as the strategy is immediate' })
  const waited = await findOperation(await world.crew.carryOut(restart, { app }))
  expect(waited.plan.filter(({ skips }) => skips !== undefined)).toEqual([])
})

describe('the point of no return', () => {
  test('is shown at one step: where a final backup is kept, or where a database without one is gone', async () => {
    const shownFor = async (finalBackup: boolean) => {
      const handle = finalBackup ? 'kept' : 'gone'
      const { id } = await world.crew.start(deprovisionDatabase, { database: await world.makeDatabase(handle), confirm: handle, finalBackup })
      expect(await ended(id)).toMatchObject({ status: 'succeeded' })
      return (await findOperation(id)).plan.filter(({ pointOfNoReturn }) => pointOfNoReturn).map(({ name }) => name)
    }
    expect(await shownFor(true)).toEqual(['give back the room it does not need'])
    expect(await shownFor(false)).toEqual(['mark it deprovisioned'])
  })
})
