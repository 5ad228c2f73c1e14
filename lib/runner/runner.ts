import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { connect, type Sql } from '../db/client.ts'
import { type Driver, HandOver } from '../drivers/driver.ts'
import { cancelWords } from './attempt.ts'
import { claim, type Claimed, letGoOfUnknown } from './claim.ts'
import type { Definition } from './define.ts'
import { execute } from './execute.ts'
import { flushLines } from './journal.ts'
import { keepLease, type Lease } from './lease.ts'
import { isOutage, isStale, StaleFence, throughOutages } from './outage.ts'
import { replaceFormer, rescue, wakeForgotten } from './rescue.ts'
import { type At, createRun, Interrupted, interrupt, type Kit, type Run } from './run.ts'

const POLL_MS = 1000
const FLUSH_MS = 50
const GRACE_MS = 10_000

export interface RunnerOptions {
  name: string
  version: string
  definitions: Definition[]
  openDriver(stackId: number): Promise<Driver>
  slots: number
  leaseSeconds: number
  /** Every second, while this runner is live. */
  sweep?(guard: () => Promise<void>): Promise<void>
  /** Only tests: a connection of its own, where to stop, how long to wait between tries. */
  sql?: Sql
  at?: At
  backOffMs?(attempt: number): number
  graceMs?: number
}

export interface Runner {
  id: string
  /** Resolves when the runner has stopped: drained, or its lease taken away. */
  done: Promise<'drained' | 'lease lost'>
  /** Claims nothing more, hands over at the next boundary, at once where a step allows it, and after `limitMs` everywhere. */
  drain(limitMs: number): Promise<void>
  /** Only tests: from here on it does nothing more, as if its process had been killed. */
  leaveForDead(): void
}

export async function startRunner(options: RunnerOptions): Promise<Runner> {
  const sql = options.sql ?? connect({ max: Math.min(options.slots, 10) + 2 })
  const heartbeat = options.sql ?? connect({ max: 1 })
  const id = randomUUID()
  const [installation] = await sql<{ id: string }[]>`select id from installation`
  await sql`
    insert into runners (id, name, version, pid, state, lease_expires_at)
    values (${id}, ${options.name}, ${options.version}, ${process.pid}, 'live', clock_timestamp() + make_interval(secs => ${options.leaseSeconds}))`
  await replaceFormer(sql, options.name, id)
  await rescue(sql, id)
  return run({ ...options, ownsPools: !options.sql, sql, heartbeat, id, installation: `davit-${installation!.id.slice(0, 8)}` })
}

type State = 'live' | 'draining' | 'dead'

interface Parts extends RunnerOptions {
  sql: Sql
  heartbeat: Sql
  ownsPools: boolean
  id: string
  installation: string
}

async function run(parts: Parts): Promise<Runner> {
  const { sql } = parts
  const runs = new Map<number, Run>()
  const definitions = new Map(parts.definitions.map((definition) => [`${definition.kind}.${definition.type}`, definition]))
  const done = Promise.withResolvers<'drained' | 'lease lost'>()
  let state = 'live' as State
  let wake = Promise.withResolvers<void>()
  const poke = () => {
    wake.resolve()
    wake = Promise.withResolvers<void>()
  }
  const lease: Lease = keepLease(parts.heartbeat, parts.id, parts.leaseSeconds, () => stop('lease lost'))
  const kit: Kit = {
    sql,
    installation: parts.installation,
    leaseHeld: () => lease.held(),
    alive: () => state !== 'dead',
    openDriver: parts.openDriver,
    backOffMs: parts.backOffMs ?? ((attempt) => Math.min(30_000, 500 * 2 ** (attempt - 1))),
    graceMs: parts.graceMs ?? GRACE_MS,
    at: async (point, detail) => {
      await parts.at?.(point, detail)
      // What was left for dead goes no further, as a killed process would not.
      if (!kit.alive()) await new Promise<never>(() => {})
    },
    wakeFlusher: () => (flushAt ??= setTimeout(() => void flush(), FLUSH_MS)),
  }
  let flushAt: NodeJS.Timeout | undefined

  function stop(why: 'drained' | 'lease lost') {
    state = 'dead'
    lease.stop()
    for (const open of runs.values()) open.letGo.abort(new StaleFence(open.claimed.id))
    poke()
    done.resolve(why)
  }

  async function flush() {
    flushAt = undefined
    for (const open of runs.values()) {
      if (open.log.pendingBytes() === 0) continue
      await open.log
        .write((lines) => throughOutages(() => flushLines(sql, open.claimed, lines), kit.alive))
        .catch((error: unknown) => {
          // Whoever owns it now writes its log; what waits here was not yet anybody's.
          if (!isStale(error) && kit.alive()) throw error
        })
    }
  }

  async function carryOut(claimed: Claimed) {
    const open = createRun(claimed, (definitions.get(`${claimed.kind}.${claimed.type}`) ?? definitions.get(`*.${claimed.type}`))!, kit)
    runs.set(claimed.id, open)
    if (claimed.cancelRequestedBy !== null && claimed.status === 'running') void cancel(claimed.id, claimed.cancelRequestedBy)
    try {
      await execute(open)
    } finally {
      runs.delete(claimed.id)
      poke()
    }
  }

  async function cancel(operationId: number, by: string) {
    const open = runs.get(operationId)
    if (!open || open.rollingBack !== null) return
    open.cancelledBy = by
    const step = open.running && { name: open.running.name, interruptible: open.running.interruptible ?? true }
    await interrupt(open, new Interrupted('cancelled', cancelWords(open)), step).catch((error: unknown) => {
      if (!isStale(error) && kit.alive()) throw error
    })
  }

  /** NOTIFY is a hint: a lost one is made good here, within a second. */
  async function lookForCancels(operationIds: number[]) {
    if (operationIds.length === 0) return
    const rows = await sql<{ id: string; by: string }[]>`
      select id, cancel_requested_by as by from operations
      where id = any(${operationIds}::bigint[]) and status = 'running' and cancel_requested_at is not null`
    await Promise.all(rows.map((row) => cancel(Number(row.id), row.by)))
  }

  async function claimLoop() {
    while (state !== 'dead') {
      const woken = wake.promise
      const free = parts.slots - runs.size
      let claimed: Claimed[] = []
      if (state === 'live' && free > 0) {
        await lease.held()
        claimed = await claim(sql, parts.id, [...definitions.keys()], free).catch(async (error: unknown) => {
          if (!isOutage(error) || !kit.alive()) throw error
          await throughOutages(() => letGoOfUnknown(sql, parts.id, [...runs.keys()]), kit.alive)
          return []
        })
      }
      for (const one of claimed) void carryOut(one)
      if (claimed.length === 0 || claimed.length === free) await Promise.race([woken, pause(POLL_MS, undefined, { ref: false })])
    }
  }

  async function watchLoop() {
    while (state !== 'dead') {
      await pause(Math.min(POLL_MS, parts.leaseSeconds * 500), undefined, { ref: false })
      if (!kit.alive()) return
      try {
        await lease.held()
        await lookForCancels([...runs.keys()])
        if (lease.contactSeconds() > parts.leaseSeconds) await rescue(sql, parts.id)
        for (const forgotten of await wakeForgotten(sql)) console.error(`operation ${forgotten} was waiting for nothing; this is a defect of the runner`)
        if (state === 'live') await parts.sweep?.(() => lease.held())
      } catch (error) {
        if (kit.alive() && !isOutage(error)) throw error
      }
    }
  }

  const listening = await Promise.all([
    sql.listen('davit_ready', poke, poke),
    sql.listen('davit_cancel', (text) => void lookForCancels([Number(text)].filter((operationId) => runs.has(operationId)))),
  ])
  // An error that is no outage and no refusal is a defect: the process ends, and another takes over.
  for (const loop of [claimLoop(), watchLoop()]) loop.catch((error: unknown) => { if (kit.alive()) throw error })

  return {
    id: parts.id,
    done: done.promise,
    async drain(limitMs) {
      if (state !== 'live') return
      state = 'draining'
      await throughOutages(() => sql`update runners set state = 'draining' where id = ${parts.id} and state = 'live'`, kit.alive)
      for (const open of runs.values()) {
        open.draining = true
        if (open.running?.handsOver) open.letGo.abort(new HandOver())
      }
      const limit = setTimeout(() => runs.forEach((open) => open.letGo.abort(new HandOver())), limitMs)
      while (runs.size > 0 && kit.alive()) await wake.promise
      clearTimeout(limit)
      if (!kit.alive()) return
      await sql`update runners set state = 'stopped' where id = ${parts.id}`
      await Promise.all(listening.map((one) => one.unlisten()))
      stop('drained')
      if (parts.ownsPools) await Promise.all([sql.end({ timeout: 1 }), parts.heartbeat.end({ timeout: 1 })])
    },
    leaveForDead() {
      state = 'dead'
      lease.stop()
    },
  }
}
