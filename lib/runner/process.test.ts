import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { ended, journalOf, makeResource, onThing, tester } from './rehearsal.ts'
import { start } from './start.ts'
import type { Said } from './test-process.ts'

const steps = ['one', 'two', 'three']
const nothing = { undoes: '', run: () => {}, compensate: () => {} }
/** As the processes know them; here they are only started. */
const works = onThing('works').step('one', nothing).step('two', nothing).step('three', nothing)
const fails = onThing('fails').step('one', nothing).step('two', nothing).step('three', nothing)

const children = new Set<ChildProcess>()
const did: { by: ChildProcess; what: string }[] = []

afterEach(async () => {
  const ends = [...children].map((child) => (child.kill('SIGKILL'), once(child, 'exit')))
  await Promise.all(ends)
  did.length = 0
})

type OnStand = (child: ChildProcess, where: string) => boolean

/** A runner process; where `stopsAt` says so it is left standing, elsewhere it is told to go on. */
async function spawnRunner(name: string, leaseSeconds: number, stopsAt: OnStand): Promise<ChildProcess> {
  const child = fork(join(import.meta.dirname, 'test-process.ts'), [name, String(leaseSeconds)], { execArgv: [] })
  children.add(child)
  child.once('exit', () => children.delete(child))
  const live = Promise.withResolvers<void>()
  child.on('message', (said: Said) => {
    if ('live' in said) return live.resolve()
    if ('did' in said) return void did.push({ by: child, what: said.did })
    if (!stopsAt(child, said.stand)) child.send('go on')
  })
  await live.promise
  return child
}

async function begin(definition: typeof works) {
  return (await start(definition, { thing: await makeResource() }, tester)).id
}

/** Kills whoever comes to one of these places, once for each, and starts a successor of the same name. */
async function carryOutDying(definition: typeof works, places: string[]) {
  const left = new Set(places)
  const successor: OnStand = (child, where) => {
    if (!left.delete(where)) return false
    child.kill('SIGKILL')
    child.once('exit', () => void spawnRunner('mortal', 30, successor))
    return true
  }
  await spawnRunner('mortal', 30, successor)
  const id = await begin(definition)
  const row = await ended(id)
  expect([...left]).toEqual([])
  return row
}

describe('a runner process that is killed', () => {
  test.each([
    [['taken over run 0', 'opened run 0', 'ran run 0']],
    [['opened run 1', 'ran run 1', 'taken over run 1', 'ran run 2']],
    [['opened run 2', 'end run 3']],
  ])('at %j has a successor that goes on', async (places) => {
    const row = await carryOutDying(works, places)
    expect(row).toMatchObject({ status: 'succeeded', claims: places.length + 1, leftovers: [] })
    const journal = await journalOf(row.id)
    expect(journal.filter((line) => line.endsWith('succeeded'))).toEqual(steps.map((name) => `run ${name}: succeeded`))
    expect(journal.filter((line) => line.startsWith('compensate'))).toEqual([])
    expect([...new Set(did.map(({ what }) => what))]).toEqual(steps.map((name) => `run ${name}`))
  })

  test('in a rollback has a successor that goes on with that', async () => {
    const row = await carryOutDying(fails, ['opened compensate 2', 'ran compensate 1', 'end compensate -1'])
    expect(row).toMatchObject({ status: 'failed', rollback: 'complete', leftovers: [] })
    const undone = (await journalOf(row.id)).filter((line) => line.startsWith('compensate') && line.endsWith('succeeded'))
    expect(undone).toEqual(steps.toReversed().map((name) => `compensate ${name}: succeeded`))
  })

  test('is replaced by another once its lease is over', async () => {
    const stood = Promise.withResolvers<ChildProcess>()
    const first: OnStand = (child, where) => {
      if (where !== 'ran run 1') return false
      stood.resolve(child)
      return true
    }
    await spawnRunner('first', 2, first)
    const id = await begin(works)
    const child = await stood.promise
    const second = await spawnRunner('second', 2, () => false)
    child.kill('SIGKILL')
    expect(await ended(id)).toMatchObject({ status: 'succeeded', claims: 2 })
    expect(did.filter(({ by }) => by === second).map(({ what }) => what)).toEqual(['run two', 'run three'])
  })
})

describe('a runner process that is stopped past its lease', () => {
  test('does nothing when it wakes up, and ends', async () => {
    const stood = Promise.withResolvers<ChildProcess>()
    await spawnRunner('sleeper', 2, (child, where) => {
      if (where !== 'opened run 1') return false
      stood.resolve(child)
      return true
    })
    const id = await begin(works)
    const sleeper = await stood.promise
    sleeper.kill('SIGSTOP')
    const other = await spawnRunner('other', 2, () => false)
    expect(await ended(id)).toMatchObject({ status: 'succeeded', claims: 2 })
    // It finds both in the same moment: that it may go on with its step, and that time has passed.
    sleeper.send('go on')
    sleeper.kill('SIGCONT')
    expect(await once(sleeper, 'exit')).toEqual([1, null])
    expect(did.filter(({ by }) => by === sleeper).map(({ what }) => what)).toEqual(['run one'])
    expect(did.filter(({ by }) => by === other).map(({ what }) => what)).toEqual(['run two', 'run three'])
  })
})

describe('a runner process that is told to stop', () => {
  test('hands over and ends well', async () => {
    const stood = Promise.withResolvers<ChildProcess>()
    const first = await spawnRunner('leaving', 5, (child, where) => {
      if (where !== 'ran run 0') return false
      stood.resolve(child)
      return true
    })
    const id = await begin(works)
    await stood.promise
    first.kill('SIGTERM')
    first.send('go on')
    expect(await once(first, 'exit')).toEqual([0, null])
    await spawnRunner('next', 5, () => false)
    expect(await ended(id)).toMatchObject({ status: 'succeeded', claims: 1 })
  })
})
