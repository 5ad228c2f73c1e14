import { describe, expect, test } from 'vitest'
import { sql } from '../db/client.ts'
import { HandOver } from '../drivers/driver.ts'
import type { Definition } from './define.ts'
import { ended, findOperation, gate, journalOf, logOf, makeResource, onThing, startTestRunner, tester, until, untilAborted } from './rehearsal.ts'
import { start } from './start.ts'

const LONG_MS = 600_000

async function begin(definition: Definition) {
  return (await start(definition as never, { thing: await makeResource() } as never, tester)).id
}

const stateOf = async (id: string) => (await sql<{ state: string }[]>`select state from runners where id = ${id}`)[0]!.state

describe('a runner that is told to stop', () => {
  test('hands over at the boundary between two steps, and the next runner goes on with the second', async () => {
    const inside = gate()
    const runs: string[] = []
    const work = onThing('work')
      .step('one', {
        undoes: null,
        run: async () => {
          runs.push('one')
          await inside.pass()
          return { word: 'kept' }
        },
      })
      .step('two', { undoes: null, run: ({ word }) => void runs.push(`two ${word}`) })
    const first = await startTestRunner({ definitions: [work] })
    const id = await begin(work)
    await inside.reached
    const draining = first.drain(LONG_MS)
    inside.open()
    await draining
    expect(await first.done).toBe('drained')
    expect(await stateOf(first.id)).toBe('stopped')
    expect(await findOperation(id)).toMatchObject({ status: 'running', runnerId: null, claims: 0 })
    expect(await journalOf(id)).toEqual(['run one: succeeded'])
    const second = await startTestRunner({ definitions: [work] })
    expect(await ended(id)).toMatchObject({ status: 'succeeded', claims: 1 })
    expect(runs).toEqual(['one', 'two kept'])
    await second.drain(0)
  })

  test('leaves a step at once that can be handed over, with its log complete', async () => {
    const inside = gate()
    let reason: unknown
    const work = onThing('long').step('one', {
      undoes: null,
      handsOver: true,
      run: async (known, hands) => {
        hands.log('I have begun')
        await untilAborted(inside)(known, hands).catch((error: unknown) => {
          reason = error
          hands.log('I let go')
          throw error
        })
      },
    })
    const runner = await startTestRunner({ definitions: [work] })
    const id = await begin(work)
    await inside.reached
    await runner.drain(LONG_MS)
    expect(reason).toBeInstanceOf(HandOver)
    expect(await journalOf(id)).toEqual(['run one: started'])
    expect((await logOf(id)).slice(-3)).toEqual(['I have begun', 'I let go', 'This runner is stopping; another goes on with this operation.'])
  })

  test('tells every step to let go once the limit has passed', async () => {
    const inside = gate()
    const work = onThing('slow').step('one', { undoes: null, run: untilAborted(inside) })
    const runner = await startTestRunner({ definitions: [work] })
    const id = await begin(work)
    await inside.reached
    await runner.drain(0)
    expect(await findOperation(id)).toMatchObject({ status: 'running', runnerId: null, claims: 0 })
  })

  test('does not wait for a step that does not let go, and leaves it to whoever comes after this process', async () => {
    const inside = gate()
    const work = onThing('deaf').step('one', { undoes: null, run: () => inside.pass() })
    const runner = await startTestRunner({ definitions: [work] })
    const id = await begin(work)
    await inside.reached
    await runner.drain(0)
    expect(await runner.done).toBe('drained')
    expect(await stateOf(runner.id)).toBe('draining')
    expect(await findOperation(id)).toMatchObject({ runnerId: runner.id })
    inside.open()
  })

  test('hands over a rollback between two compensations', async () => {
    const undoing = gate()
    const undone: string[] = []
    const work = onThing('undoing')
      .step('one', { undoes: 'one', run: () => {}, compensate: () => void undone.push('one') })
      .step('two', {
        undoes: 'two',
        run: () => Promise.reject(new Error('no')),
        compensate: async () => {
          undone.push('two')
          await undoing.pass()
        },
      })
    const first = await startTestRunner({ definitions: [work] })
    const id = await begin(work)
    await undoing.reached
    const draining = first.drain(LONG_MS)
    undoing.open()
    await draining
    expect(await findOperation(id)).toMatchObject({ status: 'rolling_back', runnerId: null, claims: 0 })
    const second = await startTestRunner({ definitions: [work] })
    expect(await ended(id)).toMatchObject({ status: 'failed', rollback: 'complete' })
    expect(undone).toEqual(['two', 'one'])
    await second.drain(0)
  })

  test('claims nothing more', async () => {
    const work = onThing('more').step('one', { undoes: null, run: () => {} })
    const runner = await startTestRunner({ definitions: [work] })
    await runner.drain(0)
    const id = await begin(work)
    expect(await findOperation(id)).toMatchObject({ status: 'queued', ready: true })
  })
})

describe('a step that does not stop when it is cancelled', () => {
  test('ends its runner after two graces, and another rolls back only then', async () => {
    const inside = gate()
    const undone: string[] = []
    const deaf = onThing('deaf').step('one', { undoes: 'one', run: () => inside.pass(), compensate: () => void undone.push('one') })
    const fine = onThing('fine').step('one', { undoes: null, handsOver: true, run: untilAborted(gate()) })
    const runner = await startTestRunner({ definitions: [deaf, fine], graceMs: 20 })
    const id = await begin(deaf)
    const other = await begin(fine)
    await inside.reached
    await until(async () => (await findOperation(other)).status === 'running')
    await sql`update operations set cancel_requested_at = now(), cancel_requested_by = 'Ann' where id = ${id}`
    expect(await runner.done).toBe('defect')
    expect(undone).toEqual([])
    expect(await findOperation(id)).toMatchObject({ status: 'rolling_back', runnerId: runner.id })
    expect(await findOperation(other)).toMatchObject({ status: 'running', runnerId: null, claims: 0 })
    expect((await logOf(id)).join('\n')).toContain('The step did not stop when asked; what it runs is killed.')
    await sql`update runners set state = 'dead' where id = ${runner.id}`
    const second = await startTestRunner({ definitions: [deaf] })
    expect(await ended(id)).toMatchObject({ status: 'cancelled', rollback: 'complete' })
    expect(undone).toEqual(['one'])
    inside.open()
    await second.drain(0)
  })
})

describe('an error that nobody foresaw', () => {
  test('ends its runner, which hands the other operations over first', async () => {
    const work = onThing('odd').step('one', { undoes: null, run: () => {} })
    const fine = onThing('fine').step('one', { undoes: null, handsOver: true, run: untilAborted(gate()) })
    const runner = await startTestRunner({
      definitions: [work, fine],
      at: (point) => {
        if (point === 'end') throw new Error('a defect, as this test wants it')
      },
    })
    const other = await begin(fine)
    await until(async () => (await findOperation(other)).status === 'running')
    const id = await begin(work)
    expect(await runner.done).toBe('defect')
    expect(await stateOf(runner.id)).toBe('dead')
    expect(await findOperation(other)).toMatchObject({ status: 'running', runnerId: null, claims: 0 })
    const second = await startTestRunner({ definitions: [work] })
    expect(await ended(id)).toMatchObject({ status: 'succeeded', claims: 2 })
    await second.drain(0)
  })
})
