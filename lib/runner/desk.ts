import { setTimeout as pause } from 'node:timers/promises'
import type { ListenMeta } from 'postgres'
import type { Sql } from '../db/client.ts'
import { HandOver } from '../drivers/driver.ts'
import type { Claimed } from './claim.ts'
import type { Definition } from './define.ts'
import { execute } from './execute.ts'
import { createHints } from './hints.ts'
import { flushLines } from './journal.ts'
import { keepLease, type Lease } from './lease.ts'
import { isStale, StaleFence, throughOutages } from './outage.ts'
import { createRun, type Kit, type Run } from './run.ts'
import type { RunnerOptions } from './runner.ts'

const FLUSH_MS = 50
const GRACE_MS = 10_000
/** After the drain's limit, for what was told to let go to do so; then the process ends with it. */
const LET_GO_MS = 1000
/** What a defect leaves the other operations to reach a boundary. */
const FAIL_DRAIN_MS = 5000

export type Ending = 'drained' | 'lease lost' | 'defect'

export interface Parts extends RunnerOptions {
  sql: Sql
  heartbeat: Sql
  ownsPools: boolean
  id: string
  installation: string
}

/** A runner: what it does now, and what its loops share. */
export interface Desk {
  parts: Parts
  kit: Kit
  lease: Lease
  definitions: Map<string, Definition>
  state: 'live' | 'draining' | 'failing' | 'dead'
  runs: Map<number, Run>
  /** Resolves at the next change of anything the loops wait for. */
  woken: PromiseWithResolvers<void>
  done: PromiseWithResolvers<Ending>
  flushAt: NodeJS.Timeout | undefined
  listening: ListenMeta[]
}

export function openDesk(parts: Parts): Desk {
  const desk: Desk = {
    parts,
    kit: kitOf(parts, () => desk),
    lease: keepLease(parts.heartbeat, parts.id, parts.leaseSeconds, {
      onLost: () => stop(desk, 'lease lost'),
      onDefect: (error) => fail(desk, error),
    }),
    definitions: new Map(parts.definitions.map((definition) => [`${definition.kind}.${definition.type}`, definition])),
    state: 'live',
    runs: new Map(),
    woken: Promise.withResolvers(),
    done: Promise.withResolvers(),
    flushAt: undefined,
    listening: [],
  }
  return desk
}

function kitOf(parts: Parts, desk: () => Desk): Kit {
  const alive = () => desk().state !== 'dead'
  return {
    sql: parts.sql,
    installation: parts.installation,
    leaseHeld: () => desk().lease.held(),
    alive,
    openDriver: parts.openDriver,
    backOffMs: parts.backOffMs ?? ((attempt) => Math.min(30_000, 500 * 2 ** (attempt - 1))),
    graceMs: parts.graceMs ?? GRACE_MS,
    at: async (point, detail) => {
      await parts.at?.(point, detail)
      // What was left for dead goes no further, as a killed process would not.
      if (!alive()) await new Promise<never>(() => {})
    },
    hint: createHints(parts.sql, (error) => alive() && fail(desk(), error)),
    flush: (urgent) => flushSoon(desk(), urgent),
    fail: (error) => fail(desk(), error),
  }
}

export function poke(desk: Desk): void {
  desk.woken.resolve()
  desk.woken = Promise.withResolvers()
}

export async function carryOut(desk: Desk, claimed: Claimed): Promise<void> {
  const definition = desk.definitions.get(`${claimed.kind}.${claimed.type}`) ?? desk.definitions.get(`*.${claimed.type}`)
  const run = createRun(claimed, definition!, desk.kit)
  // It was claimed while the runner was told to stop.
  run.draining = desk.state !== 'live'
  desk.runs.set(claimed.id, run)
  try {
    await execute(run)
  } catch (error) {
    fail(desk, error)
  } finally {
    desk.runs.delete(claimed.id)
    poke(desk)
  }
}

function flushSoon(desk: Desk, urgent: boolean): void {
  if (!urgent) {
    desk.flushAt ??= setTimeout(() => flush(desk), FLUSH_MS)
    return
  }
  clearTimeout(desk.flushAt)
  desk.flushAt = setTimeout(() => flush(desk), 0)
}

/** Each operation's lines go their own way: one that is locked holds up no other. */
function flush(desk: Desk): void {
  desk.flushAt = undefined
  for (const run of desk.runs.values()) {
    if (run.log.pendingBytes() > 0) void flushRun(desk, run)
  }
}

async function flushRun({ kit }: Desk, run: Run): Promise<void> {
  try {
    await run.log.write(async (lines) => {
      if (lines.length === 0) return
      await throughOutages(() => flushLines(kit.sql, run.claimed, lines), kit.alive)
      kit.hint('davit_logs', run.claimed.id)
    })
  } catch (error) {
    // Whoever owns it now writes its log; what waits here was not yet anybody's.
    if (isStale(error)) letGo(run, error)
    else if (kit.alive()) kit.fail(error)
  }
}

function letGo(run: Run, why: unknown): void {
  run.letGo.abort(why)
  run.log.abandon()
}

function stop(desk: Desk, why: Ending): void {
  if (desk.state === 'dead') return
  desk.state = 'dead'
  desk.lease.stop()
  for (const run of desk.runs.values()) letGo(run, new StaleFence(run.claimed.id))
  poke(desk)
  desk.done.resolve(why)
}

/**
 * Something happened that nobody foresaw, and one operation has to be left as it is. The others are handed
 * over, so that they do not count a death that was not theirs; then the process ends, loudly.
 */
function fail(desk: Desk, error: unknown): void {
  if (desk.state === 'dead') return
  console.error(error)
  if (desk.state === 'failing') return
  desk.state = 'failing'
  void leave(desk, FAIL_DRAIN_MS, 'defect')
}

export async function drain(desk: Desk, limitMs: number): Promise<void> {
  if (desk.state !== 'live') return
  desk.state = 'draining'
  void markAs(desk, 'draining')
  await leave(desk, limitMs, 'drained')
}

async function leave(desk: Desk, limitMs: number, ending: Ending): Promise<void> {
  for (const run of desk.runs.values()) {
    run.draining = true
    if (run.running?.handsOver) run.letGo.abort(new HandOver())
  }
  const limit = setTimeout(() => desk.runs.forEach((run) => letGo(run, new HandOver())), limitMs)
  const over = new AbortController()
  const tooLate = pause(limitMs + LET_GO_MS, undefined, { signal: over.signal }).catch(() => {})
  let late = false
  void tooLate.then(() => (late = true))
  while (desk.runs.values().some((run) => !run.deaf) && desk.kit.alive() && !late) await Promise.race([desk.woken.promise, tooLate])
  clearTimeout(limit)
  over.abort()
  if (!desk.kit.alive()) return
  // What they said last: the next owner's lines come after it.
  await Promise.race([Promise.all([...desk.runs.values()].map((run) => flushRun(desk, run))), pause(LET_GO_MS, undefined, { ref: false })])
  // What did not let go is not free before this process has ended: then its lease runs out, or its successor takes its name.
  if (desk.runs.size === 0) await markAs(desk, ending === 'defect' ? 'dead' : 'stopped')
  await Promise.all(desk.listening.map((one) => one.unlisten())).catch(() => {})
  stop(desk, ending)
  if (desk.parts.ownsPools) await Promise.all([desk.kit.sql.end({ timeout: 1 }), desk.parts.heartbeat.end({ timeout: 1 })])
}

/** In an outage of the db this is not waited for: a lease that is not renewed says the same, later. */
async function markAs({ parts, kit }: Desk, state: 'draining' | 'stopped' | 'dead'): Promise<void> {
  const gaveUpAt = performance.now() + LET_GO_MS
  await throughOutages(
    () => kit.sql`update runners set state = ${state} where id = ${parts.id} and state in ('live', 'draining')`,
    () => kit.alive() && performance.now() < gaveUpAt,
  ).catch(() => {})
}
