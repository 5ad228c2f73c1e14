import { afterEach, describe, expect, test } from 'vitest'
import { sql } from '../db/client.ts'
import { markResolved } from './block.ts'
import type { Definition } from './define.ts'
import { ended, expire, findOperation, gate, journalOf, logOf, makeResource, onThing, startTestRunner, tester, until } from './rehearsal.ts'
import type { Runner } from './runner.ts'
import { start } from './start.ts'

const runners: Runner[] = []
const fail = () => Promise.reject(new Error('no'))

async function work(...definitions: Definition[]) {
  const runner = await startTestRunner({ definitions })
  runners.push(runner)
  return runner
}

afterEach(async () => {
  await Promise.all(runners.splice(0).map((runner) => runner.drain(1000)))
})

describe('a compensation', () => {
  test('that fails is tried again', async () => {
    let tries = 0
    const stubborn = onThing('stubborn').step('one', {
      undoes: 'take it away',
      run: fail,
      compensate: () => {
        tries += 1
        if (tries < 3) throw new Error(`not yet ${tries}`)
      },
    })
    await work(stubborn)
    const { id } = await start(stubborn, { thing: await makeResource() }, tester)
    expect(await ended(id)).toMatchObject({ status: 'failed', rollback: 'complete', leftovers: [] })
    expect(await journalOf(id)).toEqual(['run one: failed', 'compensate one: failed', 'compensate one: failed', 'compensate one: succeeded'])
  })

  test('that never succeeds stops no other, is listed, and blocks the resource with its queue until somebody resolves it', async () => {
    const undone: string[] = []
    const stuck = onThing('stuck')
      .step('one', { undoes: 'take one away', run: () => {}, compensate: () => void undone.push('one') })
      .step('two', { undoes: 'take two away', run: fail, compensate: fail })
    const next = onThing('next').step('one', { undoes: null, run: () => {} })
    const thing = await makeResource()
    const { id } = await start(stuck, { thing }, tester)
    const { id: queued } = await start(next, { thing }, tester)
    await work(stuck, next)
    expect(await ended(id)).toMatchObject({ status: 'failed', rollback: 'incomplete', leftovers: ['take two away: Error: no'] })
    expect(undone).toEqual(['one'])
    expect((await logOf(id)).slice(-3)).toEqual(['Could not be put back:', '  - take two away: Error: no', 'The rollback is incomplete: one thing could not be put back.'])
    expect(await findOperation(queued)).toMatchObject({ status: 'queued', ready: false })
    await markResolved(tester, id, 'did it by hand')
    expect(await ended(queued)).toMatchObject({ status: 'succeeded' })
    await expect(markResolved(tester, id, 'again')).rejects.toMatchObject({ code: 'conflict' })
    expect(await sql`select from events where kind = 'block resolved' and detail like ${`%${id}%by hand`}`).toHaveLength(1)
  })

  test('is carried on by another runner, which undoes nothing twice that is undone', async () => {
    const undoing = gate()
    const undone: string[] = []
    const long = onThing('long')
      .step('one', { undoes: 'one', run: () => {}, compensate: () => void undone.push('one') })
      .step('two', {
        undoes: 'two',
        run: () => {},
        compensate: async () => {
          undone.push('two')
          if (undone.length === 2) await undoing.pass()
        },
      })
      .step('three', { undoes: 'three', run: fail, compensate: () => void undone.push('three') })
    const first = await work(long)
    const { id } = await start(long, { thing: await makeResource() }, tester)
    await undoing.reached
    first.leaveForDead()
    await expire(first)
    runners.length = 0
    await work(long)
    expect(await ended(id)).toMatchObject({ status: 'failed', rollback: 'complete' })
    expect(undone).toEqual(['three', 'two', 'two', 'one'])
    undoing.open()
  })

  test('that no runner outlives is given up at last, and listed', async () => {
    const deadly = onThing('deadly')
      .step('one', { undoes: 'one', run: () => {}, compensate: () => {} })
      .step('two', { undoes: 'two', run: fail, compensate: () => {} })
    const { id } = await start(deadly, { thing: await makeResource() }, tester)
    for (let death = 1; death <= 10; death++) {
      const there = gate()
      const runner = await startTestRunner({
        definitions: [deadly],
        at: (point, { step, direction }) => (point === 'opened' && step === 1 && direction === 'compensate' ? there.pass() : undefined),
      })
      await there.reached
      runner.leaveForDead()
      there.open()
      await expire(runner)
    }
    await work(deadly)
    expect(await ended(id)).toMatchObject({ status: 'failed', rollback: 'incomplete', leftovers: [expect.stringContaining('two: 10 runners died')] })
    expect((await journalOf(id)).at(-1)).toBe('compensate one: succeeded')
  })
})

describe('an operation that kills its runners', () => {
  async function killAt(definition: Definition, id: number, times: number) {
    for (let death = 1; death <= times; death++) {
      const there = gate()
      const runner = await startTestRunner({ definitions: [definition], at: (point, { operationId }) => (point === 'ran' && operationId === id ? there.pass() : undefined) })
      await there.reached
      runner.leaveForDead()
      there.open()
      await expire(runner)
    }
  }

  test('is rolled back after five of them', async () => {
    const undone: string[] = []
    const poison = onThing('poison').step('one', { undoes: 'one', run: () => {}, compensate: () => void undone.push('one') })
    const { id } = await start(poison, { thing: await makeResource() }, tester)
    await killAt(poison, id, 5)
    expect(undone).toEqual([])
    await work(poison)
    expect(await ended(id)).toMatchObject({ status: 'failed', reason: 'crashes', rollback: 'complete', error: expect.stringContaining('5 runners died') })
    expect(undone).toEqual(['one'])
  })

  test('goes on past its point of no return, and lists what it left', async () => {
    const poison = onThing('poison')
      .step('one', { undoes: null, pointOfNoReturn: () => true, run: () => {} })
      .step('two', { undoes: null, run: () => {} })
    const { id } = await start(poison, { thing: await makeResource() }, tester)
    await killAt(poison, id, 5)
    await work(poison)
    expect(await ended(id)).toMatchObject({ status: 'succeeded', leftovers: [expect.stringContaining('one: ')] })
    expect((await journalOf(id)).at(-1)).toBe('run two: succeeded')
  })

  test('is not blamed for runners that handed it over', async () => {
    let runs = 0
    const carried = onThing('carried').step('one', {
      undoes: null,
      handsOver: true,
      run: (_known, { signal }) => {
        runs += 1
        return runs > 7 ? undefined : new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }))
      },
    })
    const { id } = await start(carried, { thing: await makeResource() }, tester)
    for (let n = 1; n <= 7; n++) {
      const runner = await work(carried)
      await until(async () => runs === n)
      await runner.drain(1000)
    }
    await work(carried)
    expect(await ended(id)).toMatchObject({ status: 'succeeded', claims: 1 })
  })
})

describe('a definition whose steps have changed', () => {
  test('rolls back what was recorded with others, undoes what it knows, and lists the rest', async () => {
    const undone: string[] = []
    const inside = gate()
    const one = { undoes: 'one', run: () => {}, compensate: () => void undone.push('one') }
    const before = onThing('changed').step('one', one).step('two', { undoes: 'two', run: () => inside.pass(), compensate: () => void undone.push('two') })
    const after = onThing('changed').step('one', one).step('another', { undoes: 'another', run: () => {}, compensate: () => void undone.push('another') })
    const first = await startTestRunner({ definitions: [before] })
    const { id } = await start(before, { thing: await makeResource() }, tester)
    await inside.reached
    first.leaveForDead()
    await expire(first)
    await work(after)
    const leftovers = ['two: Error: this version of Davit has no such step any more']
    expect(await ended(id)).toMatchObject({ status: 'failed', rollback: 'incomplete', leftovers, error: expect.stringContaining('another version') })
    expect(undone).toEqual(['one'])
    inside.open()
  })
})

describe('a definition that does not know what to say', () => {
  test.each([
    ['makes', { makes: () => { throw new Error('unknown') } }],
    ['pointOfNoReturn', { pointOfNoReturn: () => { throw new Error('unknown') } }],
    ['its output', { run: (): object | void => ({ n: 1n }) }],
  ])('fails its operation, and not its runner: %s', async (_what, part) => {
    const odd = onThing('odd').step('one', { undoes: null, run: (): object | void => {}, ...part })
    await work(odd)
    const { id } = await start(odd, { thing: await makeResource() }, tester)
    expect(await ended(id)).toMatchObject({ status: 'failed', rollback: 'complete', reason: 'error' })
  })

  test('of a crash rolls it back', async () => {
    const inside = gate()
    const lost = onThing('lost').step('one', { undoes: null, run: () => inside.pass(), afterCrash: () => Promise.reject(new Error('the engine is away')) })
    const first = await startTestRunner({ definitions: [lost] })
    const { id } = await start(lost, { thing: await makeResource() }, tester)
    await inside.reached
    first.leaveForDead()
    await expire(first)
    await work(lost)
    expect(await ended(id)).toMatchObject({ status: 'failed', rollback: 'complete', error: expect.stringContaining('the engine is away') })
    inside.open()
  })

  test('words that Postgres cannot hold, and secrets, do not reach the db', async () => {
    const odd = onThing('binary').step('one', {
      undoes: null,
      run: (_known, { hide, log }) => {
        hide(['hunter2hunter2'])
        log('a \0 and a \ud800')
        throw new Error('\0\ud800 hunter2hunter2')
      },
    })
    await work(odd)
    const { id } = await start(odd, { thing: await makeResource() }, tester)
    expect(await ended(id)).toMatchObject({ status: 'failed', error: 'Error: �� [secret]' })
    expect(await logOf(id)).toContain('a � and a �')
  })
})
