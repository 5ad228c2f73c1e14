import { eq, isNull, ne, sql as fragment } from 'drizzle-orm'
import { apps } from '#drizzle/schema/app.ts'
import { containers } from '#drizzle/schema/container.ts'
import { routerTable } from '#drizzle/schema/endpoint.ts'
import { installation } from '#drizzle/schema/installation.ts'
import { operations } from '#drizzle/schema/operation.ts'
import { environments, stacks } from '#drizzle/schema/stack.ts'
import { db } from '../db/client.ts'
import type { ContainerState, Driver, StepIo } from '../drivers/driver.ts'
import { openDriver } from '../drivers/index.ts'
import { buildTable, switchTo } from '../endpoint/switch.ts'
import { Refusal } from '../refusal.ts'
import { routerStatus } from '../router/client.ts'
import { markNewest } from './identity.ts'
import { startAgain } from './start-again.ts'

const EVERY_MS = 2000
/** What nobody owns is listed this long before it is removed. */
const GRACE_MS = 10_000
/** Any number that nothing else in this database locks: one runner sweeps at a time. */
const SWEEP_LOCK = 7_232_017

export interface Sweep {
  (guard: () => Promise<void>): Promise<void>
}

export interface Pace {
  everyMs: number
  graceMs: number
}

/** What one pass over a stack works with. */
interface Pass {
  guard(): Promise<void>
  report(line: string): void
  graceMs: number
  /** When each container of this stack that nobody owns was first seen. */
  firstSeen: Map<string, number>
}

/** Compares what should run with what does, and mends the difference. It never touches a volume. */
export function createSweep(report: (line: string) => void, pace: Pace = { everyMs: EVERY_MS, graceMs: GRACE_MS }): Sweep {
  const seenOn = new Map<number, Map<string, number>>()
  let next = 0
  return async (guard) => {
    if (performance.now() < next) return
    next = performance.now() + pace.everyMs
    await db.transaction(async (tx) => {
      // The lock is kept while engines are asked, which may take longer than other transactions may stand idle.
      const [lock] = await tx.execute<{ mine: boolean }>(
        fragment`select pg_try_advisory_xact_lock(${SWEEP_LOCK}) as mine, set_config('idle_in_transaction_session_timeout', '120s', true)`,
      )
      if (!lock?.mine) return
      await markNewest()
      const live = await tx.select().from(stacks).where(isNull(stacks.deprovisionedAt))
      for (const stack of live) {
        const firstSeen = seenOn.get(stack.id) ?? new Map<string, number>()
        seenOn.set(stack.id, firstSeen)
        await sweepStack(stack, { guard, report, graceMs: pace.graceMs, firstSeen }).catch((error: unknown) => {
          // An engine, or the router, that does not answer is looked at again by the next sweep; the other stacks are looked at now.
          if (!(error instanceof Refusal)) throw error
          report(`could not sweep ${stack.handle}: ${error.message}`)
        })
      }
      await mendRouter(guard)
    })
  }
}

type Stack = typeof stacks.$inferSelect

async function sweepStack(stack: Stack, pass: Pass) {
  const { guard, report } = pass
  const driver = await openDriver(stack)
  const known = await db
    .select({ name: containers.name, phase: containers.phase, appId: containers.appId, seen: containers.seen })
    .from(containers)
    .innerJoin(apps, eq(apps.id, containers.appId))
    .innerJoin(environments, eq(environments.id, apps.environmentId))
    .where(fragment`${environments.stackId} = ${stack.id} and ${ne(containers.phase, 'unwanted')}`)
  const listed = new Map((await driver.list()).map((state) => [state.name, state]))
  const io = ioFor(guard)
  let moved = false
  for (const { name, phase, appId, seen } of known) {
    const state = listed.get(name) ?? null
    await note(name, appId, seen, state)
    if (phase !== 'wanted' || state?.running) continue
    try {
      await guard()
      moved = (await startAgain(driver, name, state, io)) || moved
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      report(`could not start ${name} again: ${error.message}`)
    }
  }
  if (moved) await switchTo(await db.transaction(buildTable))
  await removeUnowned(driver, [...listed.values()].filter(({ name }) => !known.some((one) => one.name === name)), pass)
}

/** What was last seen of a container, for the screen; written only when it changed. */
async function note(name: string, appId: number, seen: string | null, state: ContainerState | null) {
  const now = state === null ? 'gone' : state.running ? 'running' : `ended with ${state.exitCode ?? 'an unknown code'}`
  if (now === seen) return
  await db.update(containers).set({ seen: now, seenAt: new Date() }).where(eq(containers.name, name))
  await db.execute(fragment`select pg_notify('davit_containers', ${String(appId)})`)
}

/** Ours, and of no release and no operation that is still open: an effect that came after its compensation, or a throw-away. */
async function removeUnowned(driver: Driver, unowned: ContainerState[], { guard, report, graceMs, firstSeen }: Pass) {
  const open = await db.select({ id: operations.id, appId: operations.appId }).from(operations).where(isNull(operations.finishedAt))
  const openIds = new Set(open.map(({ id }) => id))
  const busyApps = new Set(open.map(({ appId }) => appId))
  if (await isMistrusted()) return listOnly(unowned.filter(({ name }) => !openIds.has(operationOf(name))).map(({ name }) => name))
  const now = performance.now()
  for (const name of firstSeen.keys()) if (!unowned.some((one) => one.name === name)) firstSeen.delete(name)
  for (const { name, owner } of unowned) {
    if (openIds.has(operationOf(name)) || busyApps.has(owner)) {
      firstSeen.delete(name)
      continue
    }
    const since = firstSeen.get(name) ?? now
    firstSeen.set(name, since)
    if (now - since < graceMs) continue
    await guard()
    await driver.remove({ name })
    firstSeen.delete(name)
    report(`removed ${name}, which belonged to nothing`)
  }
}

async function isMistrusted(): Promise<boolean> {
  const [row] = await db.select({ at: installation.mistrustedAt }).from(installation)
  return row?.at != null
}

async function listOnly(names: string[]) {
  await db.update(installation).set({ unowned: names.toSorted() })
}

/** The operation a name was made from; see namesOf in lib/runner/names.ts. */
function operationOf(name: string): number {
  return Number(name.split('-')[2] ?? Number.NaN)
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

function ioFor(guard: () => Promise<void>): StepIo {
  return {
    signal: AbortSignal.timeout(30_000),
    line: () => Promise.resolve(),
    loggedUpTo: () => Promise.resolve(0),
    guard,
    progress: () => {},
  }
}
