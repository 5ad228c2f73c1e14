import { describe, expect, test } from 'vitest'
import { connect, sql } from '../db/client.ts'
import { flushLines, type Transition, transition } from './journal.ts'
import { StaleFence } from './outage.ts'
import { freeOrphans } from './rescue.ts'
import { claimAll, enlist, findOperation, journalOf, logOf, makeResource, plain, tester, waitingForLocks } from './rehearsal.ts'
import { start } from './start.ts'

const first = { index: 0, direction: 'run', attempt: 1 } as const
const opening: Transition = { open: { ...first, name: 'one', names: [] } }
const success: Transition = { end: { status: 'succeeded', rollback: null, words: 'Succeeded.' } }
const line = { seq: 1, at: new Date(), step: null, source: 'davit', stream: 'stdout', text: 'a line', position: null }

async function owned() {
  const { id } = await start(plain, { thing: await makeResource() }, tester)
  const runner = await enlist()
  const claimed = (await claimAll(runner)).find((one) => one.id === id)!
  return { id, runner, claimed }
}

const die = (runner: string) => sql`update runners set state = 'dead' where id = ${runner}`
const askToCancel = (id: number) => sql`update operations set cancel_requested_at = now(), cancel_requested_by = 'Ann' where id = ${id}`

describe('transition', () => {
  test('is refused to whoever lost the operation, and leaves nothing behind', async () => {
    const { id, runner, claimed } = await owned()
    await die(runner)
    await freeOrphans(sql)
    for (const change of [opening, success, { handOver: true }]) {
      await expect(transition(sql, claimed, change, [line])).rejects.toThrow(StaleFence)
    }
    await expect(flushLines(sql, claimed, [line])).rejects.toThrow(StaleFence)
    expect(await journalOf(id)).toEqual([])
    expect(await logOf(id)).toEqual([])
  })

  test('holds the row it read the fence from, so that a takeover waits or is seen', async () => {
    const { id, claimed } = await owned()
    const other = connect({ max: 1 })
    const stale = await sql.begin(async (tx) => {
      // The takeover has begun and is not committed: the write below must wait for it, and then be refused.
      await tx`update operations set runner_id = null, fence = nextval('operation_fence') where id = ${id}`
      const write = transition(other, claimed, { handOver: true }, [line]).catch((error: unknown) => error)
      const flush = flushLines(sql, claimed, [line]).catch((error: unknown) => error)
      await waitingForLocks(2)
      return { write, flush }
    })
    expect(await stale.write).toBeInstanceOf(StaleFence)
    expect(await stale.flush).toBeInstanceOf(StaleFence)
    expect(await logOf(id)).toEqual([])
    await other.end()
  })

  test('the database refuses a stale fence on its own, under the same lock', async () => {
    const { id, claimed } = await owned()
    const other = connect({ max: 1 })
    const refused = await sql.begin(async (tx) => {
      await tx`update operations set fence = nextval('operation_fence') where id = ${id}`
      const write = other`
        insert into steps (operation_id, index, direction, attempt, name, state, fence)
        values (${id}, 0, 'run', 1, 'one', 'started', ${claimed.fence})`.catch((error: unknown) => error)
      await waitingForLocks(1)
      return { write }
    })
    expect(await refused.write).toMatchObject({ code: 'DV001' })
    await other.end()
  })

  test('nothing is opened, and nothing succeeds, once a cancel was accepted', async () => {
    const { id, claimed } = await owned()
    expect(await transition(sql, claimed, opening, [])).toBe('done')
    await askToCancel(id)
    const closing = { close: { ...first, state: 'succeeded' as const } }
    expect(await transition(sql, claimed, { ...closing, ...success }, [])).toBe('settled')
    expect(await findOperation(id)).toMatchObject({ status: 'running' })
    expect(await journalOf(id)).toEqual(['run one: succeeded'])
    expect(await logOf(id)).not.toContain('Succeeded.')
    expect(await transition(sql, claimed, { open: { ...first, attempt: 2, name: 'one', names: [] } }, [])).toBe('settled')
    expect(await journalOf(id)).toEqual(['run one: succeeded'])
  })

  test.each([
    ['the opening of a step', opening],
    ['the end', success],
  ])('%s waits for a cancel that is being written, and sees it', async (_what, change) => {
    const { id, claimed } = await owned()
    const other = connect({ max: 2 })
    const meeting = await sql.begin(async (tx) => {
      await tx`update operations set cancel_requested_at = now(), cancel_requested_by = 'Ann' where id = ${id}`
      const answer = transition(other, claimed, change, [])
      await waitingForLocks(1)
      return { answer }
    })
    expect(await meeting.answer).toBe('settled')
    expect(await findOperation(id)).toMatchObject({ status: 'running' })
    expect(await journalOf(id)).toEqual([])
    await other.end()
  })

  test('a step whose opening was committed unheard is open, although a cancel came after it', async () => {
    const { id, claimed } = await owned()
    await transition(sql, claimed, opening, [])
    await askToCancel(id)
    expect(await transition(sql, claimed, opening, [])).toBe('done')
  })

  test('may be repeated as a whole without changing anything', async () => {
    const { id, claimed } = await owned()
    const thrice = async (change: Transition, lines: (typeof line)[]) => {
      for (let n = 0; n < 3; n++) expect(await transition(sql, claimed, change, lines)).toBe('done')
    }
    await thrice(opening, [line])
    await thrice({ close: { ...first, state: 'failed', error: 'no', leftover: 'one: no' } }, [])
    await thrice({ rollBack: { reason: 'error', error: 'no', failedStep: 'one' } }, [])
    await thrice({ end: { status: 'failed', rollback: 'incomplete', words: 'It has ended.' } }, [])
    expect(await findOperation(id)).toMatchObject({ status: 'failed', leftovers: ['one: no'] })
    expect(await journalOf(id)).toEqual(['run one: failed'])
    expect(await logOf(id)).toEqual(['a line', 'It has ended.'])
    expect(await sql`select from blocks where operation_id = ${id}`).toHaveLength(1)
  })

  test('a rollback that is asked for after the end, or past the point of no return, is told that it is late', async () => {
    const { id, claimed } = await owned()
    await transition(sql, claimed, { open: { ...opening.open!, noReturn: true } }, [])
    const rollBack = { reason: 'timeout', error: 'slow', failedStep: 'one' } as const
    expect(await transition(sql, claimed, { rollBack }, [])).toBe('late')
    await transition(sql, claimed, { close: { ...first, state: 'succeeded' }, ...success }, [])
    expect(await transition(sql, claimed, { rollBack }, [])).toBe('late')
    expect(await findOperation(id)).toMatchObject({ status: 'succeeded', reason: null })
  })
})

describe('the database', () => {
  test('keeps an ended operation and every log line as they are', async () => {
    const { id, claimed } = await owned()
    await transition(sql, claimed, success, [line])
    await expect(sql`update operations set title = 'another' where id = ${id}`).rejects.toMatchObject({ code: 'DV002' })
    await expect(sql`delete from operations where id = ${id}`).rejects.toMatchObject({ code: 'DV002' })
    await expect(sql`update log_lines set text = '' where operation_id = ${id}`).rejects.toMatchObject({ code: 'DV002' })
  })

  test.each([
    [`status = 'succeeded'`, 'an end without its time'],
    [`finished_at = now()`, 'a time without its end'],
    [`status = 'failed', finished_at = now(), runner_id = null`, 'a failure that does not say how the rollback went'],
    [`status = 'rolling_back'`, 'a rollback without a reason'],
    [`status = 'rolling_back', past_return = true, reason = 'error', rollback_started_at = now()`, 'a rollback past the point of no return'],
    [`status = 'succeeded', finished_at = now(), runner_id = null, cancel_requested_at = now()`, 'success after an accepted cancel'],
    [`status = 'succeeded', finished_at = now()`, 'an ended operation with an owner'],
    [`reason = 'whim'`, 'a reason that is none'],
  ])('refuses %s: %s', async (change) => {
    const { id } = await owned()
    await expect(sql.unsafe(`update operations set ${change} where id = ${id}`)).rejects.toMatchObject({ code: '23514' })
  })

  test('allows one open attempt of an operation', async () => {
    const { claimed } = await owned()
    await transition(sql, claimed, opening, [])
    await expect(transition(sql, claimed, { open: { ...opening.open!, index: 1 } }, [])).rejects.toMatchObject({ code: '23505' })
  })
})
