import { setImmediate as turn } from 'node:timers/promises'
import { sql as fragment } from 'drizzle-orm'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sql } from '../db/client.ts'
import { requestCancel } from './cancel.ts'
import type { Hands } from './define.ts'
import { ended, expire, makeResource, onThing, startTestRunner, tester } from './rehearsal.ts'
import type { Runner } from './runner.ts'
import { start } from './start.ts'
import { arrayOf } from '../db/array.ts'

/** Of one run in CI; more with a command of one's own. */
const runs = 8
const actionsMax = 25
const things = 3
const stepCount = 3

/** The world outside: what each step of each operation has made, written under the fence as drivers look at it. */
beforeAll(() => sql`create table world (operation bigint, step int, primary key (operation, step))`)

const make = (step: number, fails: boolean) => ({
  undoes: `step ${step}`,
  run: async (_known: unknown, { transaction, operation }: Hands) => {
    await transaction(async (tx) => void (await tx.execute(fragment`insert into world values (${operation.id}, ${step}) on conflict do nothing`)))
    await turn()
    if (fails) throw new Error('as the model wants it')
  },
  compensate: async (_known: unknown, { transaction, operation }: Hands) => {
    await transaction(async (tx) => void (await tx.execute(fragment`delete from world where operation = ${operation.id} and step = ${step}`)))
  },
})

/** Fails at a step, or at none. */
const kinds = [-1, 0, 1, 2].map((failing) =>
  onThing(`fails at ${failing}`)
    .step('zero', make(0, failing === 0))
    .step('one', make(1, failing === 1))
    .step('two', make(2, failing === 2)),
)

const action = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('start' as const), kind: fc.nat(kinds.length - 1), thing: fc.nat(things - 1), also: fc.option(fc.nat(things - 1)), shared: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cancel' as const), which: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('crash' as const, 'drain' as const), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cut' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), turns: fc.integer({ min: 1, max: 200 }) }) },
)
type Action = typeof action extends fc.Arbitrary<infer T> ? T : never

interface Play {
  thingIds: number[]
  runners: Runner[]
  ids: number[]
  accepted: Set<number>
}

/** Operations that somebody forgot to hand on to, and the watch found. */
const forgotten: string[] = []
const hire = () => startTestRunner({ definitions: kinds, slots: 4, alarm: (text) => void forgotten.push(text) })

async function act(play: Play, one: Action): Promise<void> {
  if (one.do === 'wait') for (let n = 0; n < one.turns; n++) await turn()
  if (one.do === 'start') return startOne(play, one)
  if (one.do === 'cancel' && play.ids.length > 0) {
    const id = play.ids[one.which % play.ids.length]!
    await requestCancel(tester, id, () => 'operate').then(() => play.accepted.add(id), () => {})
  }
  if (one.do === 'cut') await cut()
  if (one.do === 'crash' || one.do === 'drain') {
    const [leaving] = play.runners.splice(one.which % play.runners.length, 1)
    if (one.do === 'drain') await leaving!.drain(0)
    else await die(leaving!)
    play.runners.push(await hire())
  }
}

/** Steps share the pool of this file: what it asks next is not to meet a connection that is about to break. */
async function cut() {
  await sql`select pg_terminate_backend(pid, 60000) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle'`
  // A connection tells of its end two turns late.
  for (let n = 0; n < 5; n++) await turn()
}

async function die(runner: Runner) {
  runner.leaveForDead()
  await expire(runner)
}

async function startOne(play: Play, { kind, thing, also, shared }: Action & { do: 'start' }) {
  const others = also === null || also === thing ? [] : [{ id: play.thingIds[also]!, mode: shared ? ('shared' as const) : ('exclusive' as const) }]
  const { id } = await start(kinds[kind]!, { thing: play.thingIds[thing]!, also: others }, tester)
  play.ids.push(id)
}

async function judge({ ids, accepted, thingIds }: Play) {
  for (const id of ids) {
    const row = await ended(id)
    const made = await sql`select from world where operation = ${id}`
    if (row.status === 'succeeded') expect(made).toHaveLength(stepCount)
    else expect({ id, made: made.length, rollback: row.startedAt && row.rollback }).toEqual({ id, made: 0, rollback: row.startedAt && 'complete' })
    if (accepted.has(id)) expect(row.status).not.toBe('succeeded')
    const seqs = await sql<{ seq: string }[]>`select seq from log_lines where operation_id = ${id} order by seq`
    expect(seqs.map(({ seq }) => Number(seq))).toEqual(seqs.map((_, index) => index + 1))
  }
  expect(forgotten).toEqual([])
  expect(await overlaps(thingIds)).toEqual([])
  expect(await overtakings(thingIds)).toEqual([])
  const falling = await sql`
    select operation_id from (select operation_id, fence, lag(fence) over (partition by operation_id order by started_at) as before from steps) s
    where fence < before and operation_id = any(${arrayOf(ids)}::bigint[])`
  expect(falling).toHaveLength(0)
}

/** Two on one thing at once, of which one wanted it alone. */
function overlaps(thingIds: number[]) {
  return sql`
    select a.operation_id, b.operation_id from holds a join holds b on a.resource_id = b.resource_id and a.operation_id < b.operation_id
    join operations x on x.id = a.operation_id join operations y on y.id = b.operation_id
    where a.resource_id = any(${arrayOf(thingIds)}::bigint[]) and 'exclusive' in (a.mode, b.mode)
      and x.started_at < y.finished_at and y.started_at < x.finished_at`
}

function overtakings(thingIds: number[]) {
  return sql`
    select a.operation_id, b.operation_id from holds a join holds b on a.resource_id = b.resource_id and a.position < b.position
    join operations x on x.id = a.operation_id join operations y on y.id = b.operation_id
    where a.resource_id = any(${arrayOf(thingIds)}::bigint[]) and 'exclusive' in (a.mode, b.mode) and x.started_at > y.started_at`
}

let last: Play | undefined
afterAll(async () => void (await Promise.all((last?.runners ?? []).map((runner) => runner.drain(0)))))

test('whatever happens, in whatever order: what is promised holds', { timeout: 120_000 }, async () => {
  const seed = Number(process.env.SEED ?? Date.now() % 1_000_000)
  console.log(`SEED=${seed} plays the same actions again`)
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 10, maxLength: actionsMax }), async (actions) => {
      const play: Play = { thingIds: await Promise.all(Array.from({ length: things }, () => makeResource())), runners: await Promise.all([hire(), hire()]), ids: [], accepted: new Set() }
      last = play
      for (const one of actions) await act(play, one)
      await judge(play)
      await Promise.all(play.runners.splice(0).map((runner) => runner.drain(1000)))
    }),
    { seed, numRuns: runs, endOnFailure: true },
  )
})
