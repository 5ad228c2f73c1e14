import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { config } from '../config.ts'
import { connect, sql, type Sql } from '../db/client.ts'
import { embeddedConnection } from '../db/embedded.ts'
import { isOutage } from '../db/outage.ts'
import type { Definition } from './define.ts'
import { isStale, StaleFence, throughOutages } from './outage.ts'
import { ended, findOperation, gate, journalOf, makeResource, onThing, startTestRunner, tester, waitingForLocks } from './rehearsal.ts'
import { start } from './start.ts'
import { openProxy, type Proxy } from './test-proxy.ts'

let proxy: Proxy
beforeAll(async () => {
  proxy = await openProxy(embeddedConnection(config.dataPath).path)
})
afterAll(() => proxy.close())

/** Three steps, of which the last may fail; what they did is in the world. */
function threeSteps(world: string[], fails: boolean) {
  const step = (name: string, fail = false) => ({
    undoes: name,
    run: () => {
      world.push(`run ${name}`)
      if (fail) throw new Error('no')
    },
    compensate: () => void world.push(`undo ${name}`),
  })
  return onThing('three').step('one', step('one')).step('two', step('two')).step('three', step('three', fails))
}

async function contiguousLog(id: number) {
  const rows = await sql<{ seq: string; text: string }[]>`select seq, text from log_lines where operation_id = ${id} order by seq`
  expect(rows.map((row) => Number(row.seq))).toEqual(rows.map((_, index) => index + 1))
  const texts = rows.map((row) => row.text).filter((text) => !text.startsWith('Done in'))
  expect(new Set(texts).size).toBe(texts.length)
}

/** One operation, carried out by a runner that loses the nth answer of that kind; false when there were not so many. */
async function loseOne(definition: Definition, nth: number, matches: (request: string) => boolean): Promise<{ id: number; lost: boolean }> {
  const through: Sql = connect({ path: proxy.path, prepare: false, max: 4 })
  const runner = await startTestRunner({ definitions: [definition], sql: through })
  proxy.loseAnswer(nth, matches)
  const { id } = await start(definition as never, { thing: await makeResource() } as never, tester)
  await ended(id)
  const lost = proxy.lost()
  proxy.loseAnswer(0, () => false)
  await runner.drain(1000)
  await through.end({ timeout: 1 })
  return { id, lost }
}

/** Alone it is a transaction of its own; an end is one of several statements, and a commit. */
const isTransition = (request: string) => request.includes('\0commit\0') || request.includes('as verdict')
const isClaim = (request: string) => request.includes('skip locked') && request.includes('orphaned')

describe('a commit whose answer is lost', () => {
  test.each([
    ['succeeds', false],
    ['fails', true],
  ])('is a commit all the same, at each transaction of an operation that %s', async (_how, fails) => {
    for (let nth = 1; ; nth++) {
      const world: string[] = []
      const { id, lost } = await loseOne(threeSteps(world, fails), nth, isTransition)
      const row = await findOperation(id)
      expect(row).toMatchObject({ status: fails ? 'failed' : 'succeeded', claims: 1, leftovers: [], rollback: fails ? 'complete' : null })
      const undone = fails ? ['undo three', 'undo two', 'undo one'] : []
      expect(world).toEqual(['run one', 'run two', 'run three', ...undone])
      expect(await journalOf(id)).toHaveLength(world.length)
      await contiguousLog(id)
      if (!lost) break
    }
  })

  test('does not lose what a claim took', async () => {
    const world: string[] = []
    const definition = threeSteps(world, false)
    const through = connect({ path: proxy.path, prepare: false, max: 4 })
    const { id } = await start(definition, { thing: await makeResource() }, tester)
    proxy.loseAnswer(1, isClaim)
    const runner = await startTestRunner({ definitions: [definition], sql: through })
    expect(await ended(id)).toMatchObject({ status: 'succeeded', claims: 1 })
    expect(proxy.lost()).toBe(true)
    expect(world).toEqual(['run one', 'run two', 'run three'])
    await runner.drain(1000)
    await through.end({ timeout: 1 })
  })
})

describe('a connection that is cut', () => {
  test('in the middle of each transition is made again, and nothing is done twice', async () => {
    const world: string[] = []
    const admin = connect({ max: 1 })
    const definition = threeSteps(world, true)
    const { id } = await start(definition, { thing: await makeResource() }, tester)
    let cuts = 0
    const runner = await startTestRunner({
      definitions: [definition],
      at: async (point) => {
        if (point !== 'ran' && point !== 'taken over') return
        const locked = gate()
        // Its next transition waits for the row, and is cut off there.
        const holding = admin.begin(async (tx) => {
          await tx`select from operations where id = ${id} for update`
          void locked.pass()
          await waitingForLocks(1)
          await tx`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
        })
        await locked.reached
        cuts += 1
        void holding
      },
    })
    expect(await ended(id)).toMatchObject({ status: 'failed', rollback: 'complete', claims: 1 })
    expect(cuts).toBeGreaterThan(4)
    expect(world).toEqual(['run one', 'run two', 'run three', 'undo three', 'undo two', 'undo one'])
    await contiguousLog(id)
    await runner.drain(1000)
    await admin.end()
  })

  test('does not fail a step that reads the db on its own', async () => {
    let tries = 0
    const admin = connect({ max: 1 })
    const reading = onThing('reading').step('one', {
      undoes: null,
      run: async () => {
        tries += 1
        if (tries === 1) await sql`select pg_terminate_backend(pg_backend_pid())`
      },
    })
    const { id } = await start(reading, { thing: await makeResource() }, tester)
    const runner = await startTestRunner({ definitions: [reading] })
    expect(await ended(id)).toMatchObject({ status: 'succeeded' })
    expect(await journalOf(id)).toEqual(['run one: succeeded'])
    expect(tries).toBe(2)
    await runner.drain(1000)
    await admin.end()
  })

  test('repeats a step without logging again what it had read and nobody had written yet', async () => {
    const through = connect({ path: proxy.path, prepare: false, max: 4 })
    const since = new Date()
    let tries = 0
    const reading = onThing('reading').step('one', {
      undoes: null,
      run: async (_known, { io }) => {
        tries += 1
        for (let position = (await io.loggedUpTo('box', since)) + 1; position <= 3; position++) {
          await io.line({ at: new Date(), stream: 'stdout', source: 'box', position, text: `line ${position}` })
        }
        await through`select 'said' as lost_here`
      },
    })
    const runner = await startTestRunner({ definitions: [reading], sql: through })
    proxy.loseAnswer(1, (request) => request.includes('lost_here'))
    const { id } = await start(reading, { thing: await makeResource() }, tester)
    expect(await ended(id)).toMatchObject({ status: 'succeeded' })
    expect([proxy.lost(), tries]).toEqual([true, 2])
    const lines = await sql<{ text: string }[]>`select text from log_lines where operation_id = ${id} and source = 'box' order by seq`
    expect(lines.map(({ text }) => text)).toEqual(['line 1', 'line 2', 'line 3'])
    await runner.drain(1000)
    await through.end({ timeout: 1 })
  })

  test('of a process that was stopped in a transaction gives back its locks', async () => {
    expect(await sql`show idle_in_transaction_session_timeout`).toEqual([{ idle_in_transaction_session_timeout: '8s' }])
  })
})

describe('throughOutages', () => {
  const failing = (...errors: object[]) => async () => {
    const error = errors.shift()
    if (error) throw error
    return 'done'
  }

  test('tries again what gave way to another transaction, and what the db did not answer', async () => {
    const wrapped = new Error('failed query', { cause: { code: '57P01' } })
    const work = failing({ code: '40P01' }, { code: '40001' }, { code: 'CONNECTION_CLOSED' }, wrapped, { code: '53100' })
    expect(await throughOutages(work, () => true)).toBe('done')
  })

  test('takes a missing file or a router that is down for what it is', async () => {
    expect(isOutage({ code: 'ENOENT' })).toBe(false)
    expect(isOutage({ code: 'ECONNREFUSED' })).toBe(false)
    expect(isOutage(Object.assign(new Error('no socket'), { code: 'ENOENT', query: 'select 1' }))).toBe(true)
    await expect(throughOutages(failing({ code: 'ENOENT' }), () => true)).rejects.toEqual({ code: 'ENOENT' })
  })

  test('gives up what nobody goes on with, and knows a stale fence by any name', async () => {
    await expect(throughOutages(failing({ code: '57P01' }), () => false)).rejects.toEqual({ code: '57P01' })
    expect([isStale(new StaleFence(1)), isStale({ cause: { code: 'DV001' } }), isStale(new Error('no'))]).toEqual([true, true, false])
  })
})
