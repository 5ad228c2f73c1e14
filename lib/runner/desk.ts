import type { ListenMeta } from 'postgres'
import type { Sql } from '../db/client.ts'
import type { Claimed, Opener } from './claim.ts'
import type { Definition } from './define.ts'
import { execute } from './execute.ts'
import { flushSoon } from './flush.ts'
import { commitInGroups } from './group-commit.ts'
import { createHints } from './hints.ts'
import { keepLease, type Lease } from './lease.ts'
import { fail, stop } from './leave.ts'
import { createRun, type Kit, type Run } from './run.ts'
import type { RunnerOptions } from './runner.ts'

const GRACE_MS = 10_000

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
  openers: Opener[]
  state: 'live' | 'draining' | 'failing' | 'dead'
  runs: Map<number, Run>
  /** Cancels of operations it does not carry out yet: who asked, by operation. */
  heardEarly: Map<number, string>
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
    openers: parts.definitions.flatMap(openerOf),
    state: 'live',
    runs: new Map(),
    heardEarly: new Map(),
    woken: Promise.withResolvers(),
    done: Promise.withResolvers(),
    flushAt: undefined,
    listening: [],
  }
  return desk
}

/** What its first step makes, and whether it is the point of no return, may depend on the input: then it is opened once that was read. */
function openerOf({ kind, type, steps }: Definition): Opener[] {
  const [first] = steps
  return first && !first.makes && !first.pointOfNoReturn ? [{ type: `${kind}.${type}`, steps: steps.map(({ name }) => name) }] : []
}

function kitOf(parts: Parts, desk: () => Desk): Kit {
  const alive = () => desk().state !== 'dead'
  return {
    sql: parts.sql,
    journal: commitInGroups(parts.sql),
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
    hint: createHints(parts.sql, alive, (error) => fail(desk(), error)),
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
  desk.kit.hint('davit_operations', claimed.id)
  try {
    await execute(run)
  } catch (error) {
    fail(desk, error)
  } finally {
    desk.runs.delete(claimed.id)
    poke(desk)
  }
}
