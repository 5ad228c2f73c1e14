import { and, eq, isNotNull, isNull, ne, sql as fragment } from 'drizzle-orm'
import { containers } from '#drizzle/schema/container.ts'
import { routerTable } from '#drizzle/schema/endpoint.ts'
import { installation } from '#drizzle/schema/installation.ts'
import { resources } from '#drizzle/schema/resource.ts'
import { stacks } from '#drizzle/schema/stack.ts'
import { db } from '../db/client.ts'
import { LockLost, openSessionLock } from '../db/session-lock.ts'
import type { Driver, StepIo } from '../drivers/driver.ts'
import { openDriver, registrationOf } from '../drivers/index.ts'
import { buildTable, switchTo } from '../endpoint/switch.ts'
import { Refusal } from '../refusal.ts'
import { routerStatus } from '../router/client.ts'
import { isMistrusted, markNewest } from './identity.ts'
import { note } from './seen.ts'
import { startAgain } from './start-again.ts'
import { type Grace, type Pass, listVolumes, removeContainers, removeKept } from './unowned.ts'

/** Any number that nothing else in this database locks: one runner sweeps at a time. */
const SWEEP_LOCK = 7_232_017

export interface Pace {
  everyMs: number
  /** What nobody owns is listed this long before it is removed, unless nobody may own it any more. */
  graceMs: number
  /** The same for images and caches, which take more time to list. */
  keptEveryMs: number
  keptGraceMs: number
  /** For all that is started again on one stack; then the others have their turn, and the next look goes on. */
  startsMs: number
}

const PACE: Pace = { everyMs: 2000, graceMs: 10_000, keptEveryMs: 60_000, keptGraceMs: 600_000, startsMs: 30_000 }

export interface Sweep {
  (guard: () => Promise<void>): Promise<void>
  /** Lets go of its connection. */
  end(): Promise<void>
}

interface Seen {
  containers: Map<string, number>
  kept: Map<string, number>
  volumes: Set<string>
}

/** Compares what should run with what does, and mends the difference. It never touches a volume. */
export function createSweep(report: (line: string) => void, pace: Partial<Pace> = {}): Sweep {
  const { everyMs, graceMs, keptEveryMs, keptGraceMs, startsMs } = { ...PACE, ...pace }
  const seenOn = new Map<number, Seen>()
  const lock = openSessionLock(SWEEP_LOCK)
  const next = { at: 0, keptAt: 0 }

  async function sweepAll(guard: () => Promise<void>): Promise<void> {
    await markNewest()
    const mistrusted = await isMistrusted()
    // An owner who has to confirm sees the whole list at once.
    const keptToo = mistrusted || performance.now() >= next.keptAt
    if (keptToo) next.keptAt = performance.now() + keptEveryMs
    const pass: Pass = { guard, report, isMistrusted, startsMs, unknown: [] }
    for (const stack of await db.select().from(stacks).where(isNull(stacks.deprovisionedAt))) {
      const seen = seenOn.get(stack.id) ?? { containers: new Map(), kept: new Map(), volumes: new Set<string>() }
      seenOn.set(stack.id, seen)
      try {
        // What the driver would wait for, this says at once: the other stacks have their turn.
        const { engine } = registrationOf(stack.driver)
        await engine?.probe(engine.where(stack.settings))
        const driver = await openDriver(stack)
        await sweepStack(driver, stack.id, pass, { ms: graceMs, firstSeen: seen.containers })
        if (keptToo) await removeKept(driver, pass, { ms: keptGraceMs, firstSeen: seen.kept })
        if (keptToo) await listVolumes(driver, pass, seen.volumes)
      } catch (error) {
        // An engine, or the router, that does not answer is looked at again by the next sweep; the other stacks are looked at now.
        if (!(error instanceof Refusal)) throw error
        report(`could not sweep ${stack.handle}: ${error.message}`)
      }
    }
    if (mistrusted) await db.update(installation).set({ unowned: pass.unknown.toSorted() }).where(isNotNull(installation.mistrustedAt))
    await mendRouter(guard)
  }

  async function sweep(guard: () => Promise<void>): Promise<void> {
    if (performance.now() < next.at) return
    next.at = performance.now() + everyMs
    try {
      await lock.alone((held) => sweepAll(() => Promise.all([guard(), held()]).then(() => {})))
    } catch (error) {
      // Another runner may be sweeping by now; this one goes on with a later sweep.
      if (!(error instanceof LockLost)) throw error
    }
  }
  return Object.assign(sweep, { end: () => lock.end() })
}

async function sweepStack(driver: Driver, stackId: number, pass: Pass, grace: Grace) {
  const { guard, report, startsMs } = pass
  const known = await db
    .select({ name: containers.name, phase: containers.phase, ownerId: containers.ownerId, seen: containers.seen, seenExitCode: containers.seenExitCode, startingAt: containers.startingAt })
    .from(containers)
    .innerJoin(resources, eq(resources.id, containers.ownerId))
    .where(and(eq(resources.stackId, stackId), ne(containers.phase, 'unwanted')))
  const listed = new Map((await driver.list()).map((state) => [state.name, state]))
  const io = ioFor(guard, startsMs)
  let moved = false
  for (const row of known) {
    const { name, phase } = row
    const state = listed.get(name) ?? null
    const isComing = phase === 'new' && !state?.running && (state?.exitCode ?? null) === null
    const isUnrecorded = phase === 'wanted' && state?.running && row.startingAt !== null
    if (!isComing && !isUnrecorded) await note(row, state)
    if (phase !== 'wanted' || (state?.running && !isUnrecorded)) continue
    try {
      await guard()
      io.signal.throwIfAborted()
      moved = (await startAgain(driver, name, state, io)) || moved
    } catch (error) {
      if (!(error instanceof Refusal || io.signal.aborted)) throw error
      report(`could not start ${name} again: ${io.signal.aborted ? `those of its stack take longer than ${startsMs / 1000} s` : (error as Refusal).message}`)
    }
  }
  if (moved) await switchTo(await db.transaction(buildTable))
  await removeContainers(driver, [...listed.values()].filter(({ name }) => !known.some((one) => one.name === name)), pass, grace)
}

/** A router that lost its table, or has never had one, gets it from here. */
async function mendRouter(guard: () => Promise<void>) {
  const [row] = await db.execute<{ generation: string }>(fragment`select generation from router_table`)
  try {
    const { generation } = await routerStatus()
    const ours = Number(row?.generation ?? 0)
    if (generation === ours) return
    await guard()
    // A router that is ahead has seen what the db has forgotten: the db went back in time.
    if (generation > ours) await db.update(routerTable).set({ generation: fragment`greatest(${routerTable.generation}, ${generation})` })
    await switchTo(await db.transaction(buildTable))
  } catch (error) {
    // It is being started again, or a switch came first; the next sweep looks again.
    if (!(error instanceof Refusal)) throw error
  }
}

function ioFor(guard: () => Promise<void>, limitMs: number): StepIo {
  return {
    signal: AbortSignal.timeout(limitMs),
    line: () => Promise.resolve(),
    loggedUpTo: () => Promise.resolve(0),
    guard,
    progress: () => {},
  }
}
