import { afterEach, describe, expect, test } from 'vitest'
import { connect, type Sql, sql } from '../db/client.ts'
import { requestCancel } from './cancel.ts'
import { claimAll, ended, enlist, findOperation, gate, inStatus, journalOf, logOf, makeResource, onThing, plain, startTestRunner, tester, untilAborted } from './rehearsal.ts'
import type { Definition } from './define.ts'
import type { Runner, RunnerOptions } from './runner.ts'
import { start } from './start.ts'
import { transition } from './journal.ts'

const cancelNow = (id: number) => requestCancel(tester, id, () => 'operate')
const runners: Runner[] = []

async function begin(definition: Definition, options: Partial<RunnerOptions> = {}) {
  runners.push(await startTestRunner({ definitions: [definition], ...options }))
  return (await start(definition as never, { thing: await makeResource() } as never, tester)).id
}

afterEach(async () => {
  await Promise.all(runners.splice(0).map((runner) => runner.drain(1000)))
})

/** Two steps; what was undone is remembered. */
function pair(between: () => Promise<void> | void, head: { interruptible?: boolean } = {}) {
  const undone: string[] = []
  const compensate = (name: string) => () => void undone.push(name)
  const definition = onThing('pair')
    .step('one', { undoes: 'one', run: between, compensate: compensate('one'), ...head })
    .step('two', { undoes: 'two', run: () => {}, compensate: compensate('two') })
  return { definition, undone }
}

/** A pool on which the answer to one kind of statement waits for `hold`, and another kind is never answered. */
function heldBack(held: string, hold: () => Promise<void>, unanswered: string): Sql {
  const pool = connect({ max: 8 })
  return new Proxy(pool, {
    apply(target, self, call: [TemplateStringsArray, ...unknown[]]) {
      const text = Array.isArray(call[0]) ? call[0].join('') : ''
      if (text.includes(unanswered)) return new Promise(() => {})
      const query = Reflect.apply(target, self, call) as unknown as Promise<unknown[]>
      if (!text.includes(held)) return query
      return query.then(async (rows) => {
        if (rows.length > 0) await hold()
        return rows
      })
    },
  })
}

describe('a cancel', () => {
  test('that is heard while the answer to the claim is on its way is not left to the next look', async () => {
    const answered = gate()
    const wait = onThing('wait').step('wait', { undoes: null, run: untilAborted(gate()) })
    const pool = heldBack('from next, mine where', () => answered.pass(), 'cancel_requested_by as by')
    const heard = Promise.withResolvers<void>()
    const listening = await pool.listen('davit_cancel', () => heard.resolve())
    const id = await begin(wait as Definition, { sql: pool })
    await answered.reached
    await cancelNow(id)
    // One connection listens for all of a pool: the runner has heard it by now.
    await heard.promise
    answered.open()
    expect(await ended(id)).toMatchObject({ status: 'cancelled', rollback: 'complete' })
    await listening.unlisten()
  })

  test('that comes between the claim and the first step keeps its code from beginning', async () => {
    const before = gate()
    const ran: string[] = []
    const { definition, undone } = pair(() => void ran.push('one'))
    const answered = Promise.withResolvers<void>()
    const pool = heldBack('as verdict from mine', async () => answered.resolve(), '\0')
    const id = await begin(definition, { sql: pool, at: (point) => (point === 'taken over' ? before.pass() : undefined) })
    await before.reached
    expect(await journalOf(id)).toEqual(['run one: started'])
    await cancelNow(id)
    // What the runner does with the answer, it does within this turn.
    await answered.promise
    await new Promise(setImmediate)
    before.open()
    expect(await ended(id)).toMatchObject({ status: 'cancelled', rollback: 'complete' })
    expect([ran, undone]).toEqual([[], ['one']])
    expect(await journalOf(id)).toEqual(['run one: failed', 'compensate one: succeeded'])
  })

  test('that is accepted while a step ends keeps the next one from opening, and only what was begun is undone', async () => {
    const inside = gate()
    const { definition, undone } = pair(() => inside.pass())
    // The runner hears of it only by its own transaction: its NOTIFY is lost.
    const id = await begin(definition)
    await inside.reached
    await sql`update operations set cancel_requested_at = now(), cancel_requested_by = 'Ann' where id = ${id}`
    inside.open()
    expect(await ended(id)).toMatchObject({ status: 'cancelled', rollback: 'complete', reason: 'cancelled', error: 'cancelled by Ann' })
    expect(undone).toEqual(['one'])
    expect(await journalOf(id)).toEqual(['run one: succeeded', 'compensate one: succeeded'])
  })

  test('that is accepted just before the end keeps it from succeeding, and the log never says that it did', async () => {
    const atEnd = gate()
    const { definition, undone } = pair(() => {})
    const id = await begin(definition, { at: (point, { direction }) => (point === 'end' && direction === 'run' ? atEnd.pass() : undefined) })
    await atEnd.reached
    await cancelNow(id)
    atEnd.open()
    expect(await ended(id)).toMatchObject({ status: 'cancelled', rollback: 'complete' })
    expect(undone).toEqual(['two', 'one'])
    expect(await logOf(id)).not.toContain('Succeeded.')
  })

  test('waits for a step that must not be cut in half', async () => {
    const inside = gate()
    let aborted: boolean | undefined
    const definition = onThing('whole').step('one', {
      undoes: null,
      interruptible: false,
      run: async (_known, { signal }) => {
        await inside.pass()
        aborted = signal.aborted
      },
    })
    const id = await begin(definition)
    await inside.reached
    await cancelNow(id)
    await inStatus(id, 'rolling_back')
    inside.open()
    expect(await ended(id)).toMatchObject({ status: 'cancelled' })
    expect(aborted).toBe(false)
    expect(await journalOf(id)).toEqual(['run one: succeeded'])
  })

  test('that comes while such a step is being opened does not cut it either', async () => {
    const opened = gate()
    let aborted: boolean | undefined
    const definition = onThing('whole').step('one', { undoes: null, interruptible: false, run: (_known, { signal }) => void (aborted = signal.aborted) })
    const id = await begin(definition, { at: (point) => (point === 'opened' ? opened.pass() : undefined) })
    await opened.reached
    await cancelNow(id)
    await inStatus(id, 'rolling_back')
    opened.open()
    await ended(id)
    expect(aborted).toBe(false)
  })

  test('does not reach into a compensation, and a second one changes nothing', async () => {
    const undoing = gate()
    let aborted: boolean | undefined
    const inside = gate()
    const definition = onThing('shielded').step('one', {
      undoes: 'one',
      run: untilAborted(inside),
      compensate: async (_known, { signal }) => {
        await undoing.pass()
        aborted = signal.aborted
      },
    })
    const id = await begin(definition)
    await inside.reached
    await cancelNow(id)
    await undoing.reached
    await cancelNow(id)
    undoing.open()
    expect(await ended(id)).toMatchObject({ status: 'cancelled', rollback: 'complete' })
    expect(aborted).toBe(false)
    expect(await journalOf(id)).toEqual(['run one: failed', 'compensate one: succeeded'])
  })

  test('is too late past the point of no return, and says so', async () => {
    const inside = gate()
    const definition = onThing('forward').step('one', { undoes: null, pointOfNoReturn: () => true, run: () => inside.pass() })
    const id = await begin(definition)
    await inside.reached
    await expect(cancelNow(id)).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('point of no return') })
    inside.open()
    expect(await ended(id)).toMatchObject({ status: 'succeeded', cancelRequestedAt: null })
    await expect(cancelNow(id)).rejects.toMatchObject({ message: expect.stringContaining('it has ended') })
  })

  test('and the end decide by one row: whoever is first', async () => {
    const { id } = await start(plain, { thing: await makeResource() }, tester)
    const owned = (await claimAll(await enlist())).find((one) => one.id === id)!
    const outcome = await Promise.all([
      transition(sql, owned, { end: { status: 'succeeded', rollback: null, words: 'Succeeded.' } }, []),
      cancelNow(id).then(() => 'accepted', () => 'too late'),
    ])
    expect([['done', 'too late'], ['settled', 'accepted']]).toContainEqual(outcome)
    expect((await findOperation(id)).status).toBe(outcome[0] === 'done' ? 'succeeded' : 'running')
  })

  test('stops what a new owner probes after a crash', async () => {
    const inside = gate()
    const probing = gate()
    const definition = onThing('probed').step('one', {
      undoes: null,
      run: untilAborted(inside),
      afterCrash: async (_known, hands) => {
        await untilAborted(probing)(_known, hands)
        return 'run again' as const
      },
    })
    const id = await begin(definition)
    await inside.reached
    const first = runners.pop()!
    first.leaveForDead()
    await sql`update runners set state = 'dead' where id = ${first.id}`
    runners.push(await startTestRunner({ definitions: [definition] }))
    await probing.reached
    await cancelNow(id)
    expect(await ended(id)).toMatchObject({ status: 'cancelled', rollback: 'complete' })
    expect(await journalOf(id)).toEqual(['run one: unknown'])
  })
})

describe('a limit', () => {
  test('that passes stops the step and rolls back, as a cancel with another reason', async () => {
    const inside = gate()
    const definition = onThing('slow').step('one', { undoes: null, limitSeconds: 0.05, run: untilAborted(inside) })
    const id = await begin(definition)
    expect(await ended(id)).toMatchObject({ status: 'failed', reason: 'timeout', rollback: 'complete', failedStep: 'one' })
    expect((await findOperation(id)).error).toContain('took longer than 0.05 s')
  })

  test('that passes after the point of no return is tried again, and then listed', async () => {
    const inside = gate()
    const definition = onThing('slow').step('one', { undoes: null, limitSeconds: 0.02, pointOfNoReturn: () => true, run: untilAborted(inside) })
    const id = await begin(definition)
    expect(await ended(id)).toMatchObject({ status: 'succeeded', leftovers: ['one: the step "one" took longer than 0.02 s'] })
    expect(await journalOf(id)).toEqual(Array.from({ length: 5 }, () => 'run one: failed'))
    expect((await logOf(id)).at(-1)).toBe('Succeeded; what could not be finished is listed.')
  })
})
