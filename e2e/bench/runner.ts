import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import pMap from 'p-map'
import { resources } from '#drizzle/schema/resource.ts'
import type { Actor } from '#lib/auth/actor.ts'
import { db, sql } from '#lib/db/client.ts'
import type { Definition } from '#lib/runner/define.ts'
import { start } from '#lib/runner/start.ts'
import { endProcesses, now, startProcesses } from './bench.ts'
import { median, middleRound, percentile, printFigure } from './figure.ts'
import { openGraphile } from './graphile.ts'
import type { Did } from './graphile-process.ts'
import type { Said } from './runner-process.ts'
import { onThing, three } from './thing.ts'

const resourcesCount = 200
const operationsPerRound = 1600
const rounds = 3
const latencySamples = 400
const latencyEveryMs = 25
const limitSeconds = 180

export const actor: Actor = { kind: 'davit', id: null, name: 'Bench', email: null, owner: true, scopes: {} }

export async function makeThings(count: number): Promise<number[]> {
  const rows = await db.insert(resources).values(Array.from({ length: count }, (_, i) => ({ kind: 'thing', handle: `thing-${i}` }))).returning({ id: resources.id })
  return rows.map(({ id }) => id)
}

/** Operations a second and the time to a start, beside graphile-worker's empty jobs with one queue a resource. */
export async function bench(): Promise<void> {
  const things = await makeThings(resourcesCount)
  const graphile = await openGraphile()
  const throughput: { value: number; baseline: number }[] = []
  for (let round = 0; round < rounds; round++) throughput.push({ value: await drainOurs(things), baseline: await drainTheirs(graphile) })
  const middle = middleRound(throughput)
  printFigure('runner', 'operations_per_second', middle.value, '1/s', middle.baseline)

  const [ours, theirs] = [await startOurs(things), await startTheirs(graphile)]
  printFigure('runner', 'start_p50_ms', median(ours), 'ms', median(theirs))
  printFigure('runner', 'start_p99_ms', percentile(ours, 0.99), 'ms', percentile(theirs, 0.99))
  await graphile.release()
}

type Graphile = Awaited<ReturnType<typeof openGraphile>>

/** From the first start to the last end of what was queued before anybody claimed. */
async function drainOurs(things: number[]): Promise<number> {
  await sql`vacuum analyze`
  const numbers = Array.from({ length: operationsPerRound }, (_, i) => i)
  await pMap(numbers, (i) => start(three as Definition as never, { thing: things[i % things.length]! } as never, actor, { requestKey: randomUUID() }), { concurrency: 8 })
  const [before] = await sql<{ id: string }[]>`select min(id) as id from operations where finished_at is null`
  const processes = await startProcesses('runner-process.ts', [], () => {})
  const deadline = performance.now() + limitSeconds * 1000
  for (let left = 1; left > 0; ) {
    if (performance.now() > deadline) throw new Error(`${left} operations have not ended after ${limitSeconds} s`)
    await pause(200)
    left = Number((await sql<{ left: string }[]>`select count(*) as left from operations where finished_at is null`)[0]!.left)
  }
  await endProcesses(processes)
  const [row] = await sql<{ seconds: number; bad: string }[]>`
    select extract(epoch from max(finished_at) - min(started_at))::float8 as seconds, count(*) filter (where status <> 'succeeded') as bad from operations where id >= ${before!.id}`
  if (Number(row!.bad) > 0) throw new Error(`${row!.bad} operations did not succeed`)
  return operationsPerRound / row!.seconds
}

async function drainTheirs(graphile: Graphile): Promise<number> {
  await graphile.withPgClient((client) => client.query('vacuum analyze'))
  const numbers = Array.from({ length: operationsPerRound }, (_, i) => i)
  await pMap(numbers, (i) => graphile.addJob('empty', { i }, { queueName: `thing-${i % resourcesCount}` }), { concurrency: 8 })
  const seen = { first: Number.POSITIVE_INFINITY, last: 0, count: 0 }
  const all = Promise.withResolvers<void>()
  const processes = await startProcesses<Did>('graphile-process.ts', [], (did) => {
    if (!('count' in did)) return
    Object.assign(seen, { first: Math.min(seen.first, did.first || seen.first), last: Math.max(seen.last, did.last), count: seen.count + did.count })
    if (seen.count >= operationsPerRound) all.resolve()
  })
  const limit = setTimeout(() => all.reject(new Error(`only ${seen.count} jobs after ${limitSeconds} s`)), limitSeconds * 1000)
  await all.promise
  clearTimeout(limit)
  await endProcesses(processes)
  return operationsPerRound / ((seen.last - seen.first) / 1e9)
}

/** From the call that records it to the first line of its code, with nothing else to do. */
async function startOurs(things: number[]): Promise<number[]> {
  const latency = onThing('latency').step('only', { undoes: null, run: () => {} }) as Definition
  const began = new Map<number, number>()
  const processes = await startProcesses<Said>('runner-process.ts', [], ({ id, at }) => began.set(id, at))
  const asked: { id: number; at: number }[] = []
  await paced(async (i) => {
    const at = now()
    asked.push({ ...(await start(latency as never, { thing: things[i % things.length]! } as never, actor, { requestKey: randomUUID() })), at })
  })
  await endProcesses(processes)
  return asked.map(({ id, at }) => (began.get(id)! - at) / 1e6)
}

async function startTheirs(graphile: Graphile): Promise<number[]> {
  const began = new Map<string, number>()
  const processes = await startProcesses<Did>('graphile-process.ts', [], (did) => void ('key' in did && began.set(did.key, did.began)))
  const asked: { key: string; at: number }[] = []
  await paced(async (i) => {
    const [key, at] = [String(i), now()]
    await graphile.addJob('latency', { key }, { queueName: `thing-${i % resourcesCount}` })
    asked.push({ key, at })
  })
  await endProcesses(processes)
  return asked.map(({ key, at }) => (began.get(key)! - at) / 1e6)
}

/** One at a time, at an even pace. */
async function paced(ask: (i: number) => Promise<void>): Promise<void> {
  const pending: Promise<void>[] = []
  for (let i = 0; i < latencySamples; i++) {
    pending.push(ask(i))
    await pause(latencyEveryMs)
  }
  await Promise.all(pending)
  await pause(1000)
}
