import { eq } from 'drizzle-orm'
import { operations } from '#drizzle/schema/operation.ts'
import { db, type Transaction } from '../db/client.ts'
import type { Driver, StepIo } from '../drivers/driver.ts'
import type { Volumes } from '../drivers/volumes.ts'
import type { Hands } from './define.ts'
import { writeWaiting } from './flush.ts'
import { type Attempt, writeProgress } from './journal.ts'
import { StaleFence, throughOutages } from './outage.ts'
import { guard, type Run } from './run.ts'

/** What the code of one attempt may do. */
export function handsFor(run: Run, attempt: Attempt, names: string[], signal: AbortSignal): Hands {
  const { claimed, kit, log } = run
  const io = ioFor(run, attempt, signal)
  return {
    operation: {
      id: claimed.id,
      resourceId: claimed.resourceId,
      stackId: claimed.stackId,
      environmentId: claimed.environmentId,
      appId: claimed.appId,
      rollsBackId: claimed.rollsBackId,
      retriesId: claimed.retriesId,
      fence: claimed.fence,
    },
    names,
    io,
    signal,
    log: (text) => log.say(attempt.index, text),
    hide: (values) => log.hide(values),
    async driver() {
      if (claimed.stackId === null) throw new Error(`${claimed.kind}.${claimed.type} is on no stack`)
      return guarded(await kit.openDriver(claimed.stackId), run, attempt)
    },
    transaction: (work) => throughOutages(() => fencedTransaction(run, work), kit.alive),
    record: (facts) =>
      throughOutages(
        () => fencedTransaction(run, async (tx) => void (await tx.update(operations).set(facts).where(eq(operations.id, claimed.id)))),
        kit.alive,
      ),
  }
}

function fencedTransaction<T>(run: Run, work: (tx: Transaction) => Promise<T>): Promise<T> {
  return db.transaction(async (tx) => {
    const [row] = await tx
      .select({ fence: operations.fence })
      .from(operations)
      .where(eq(operations.id, run.claimed.id))
      .for('no key update')
    if (row?.fence !== run.claimed.fence) throw new StaleFence(run.claimed.id)
    return work(tx)
  })
}

function ioFor(run: Run, attempt: Attempt, signal: AbortSignal): StepIo {
  let latest: string | null = null
  let writing = false
  async function writeLatest() {
    writing = true
    try {
      while (latest !== null) {
        const text = run.log.clean(latest)
        latest = null
        await throughOutages(() => writeProgress(run.kit.sql, run.claimed, attempt, text), run.kit.alive)
        run.kit.hint('davit_operations', run.claimed.id)
      }
    } catch (error) {
      if (run.kit.alive()) run.kit.fail(error)
    }
    writing = false
  }
  return {
    signal,
    line: (line) => run.log.append(attempt.index, line),
    guard: () => guard(run),
    async loggedUpTo(source, since) {
      // Code that is repeated after an outage may ask before what it said the first time is written.
      await writeWaiting(run)
      const [row] = await run.kit.sql<{ position: string | null }[]>`
        select max(position) as position from log_lines
        where operation_id = ${run.claimed.id} and step = ${attempt.index} and source = ${source} and at >= ${since.toISOString()}`
      return Number(row?.position ?? 0)
    },
    progress(text) {
      latest = text
      if (!writing) void writeLatest()
    },
  }
}

const CHANGING = new Set<keyof Driver>(['pull', 'removeImage', 'discardImage', 'forget', 'prepare', 'start', 'stop', 'remove', 'runOnce'])
const CHANGING_VOLUMES = new Set<keyof Volumes>(['create', 'attach', 'detach', 'resize', 'copy', 'write', 'remove'])

/** The driver with the fence re-read right before each call that changes something. */
function guarded(driver: Driver, run: Run, attempt: Attempt): Driver {
  const volumes = driver.volumes && guardedCalls(driver.volumes, CHANGING_VOLUMES, 'volumes.', run, attempt)
  return Object.assign(Object.create(guardedCalls(driver, CHANGING, '', run, attempt)) as Driver, { volumes })
}

function guardedCalls<Part extends object>(part: Part, changing: Set<keyof Part>, prefix: string, run: Run, attempt: Attempt): Part {
  return new Proxy(part, {
    get(target, property) {
      const method = target[property as keyof Part]
      if (typeof method !== 'function') return method
      if (!changing.has(property as keyof Part)) return method.bind(target)
      return async (...call: unknown[]) => {
        const detail = { operationId: run.claimed.id, step: attempt.index, direction: attempt.direction }
        await guard(run)
        await run.kit.at(`before ${prefix}${String(property)}`, detail)
        const result: unknown = await Reflect.apply(method, target, call)
        await run.kit.at(`after ${prefix}${String(property)}`, detail)
        return result
      }
    },
  })
}
