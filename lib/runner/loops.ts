import { setTimeout as pause } from 'node:timers/promises'
import type { ListenMeta } from 'postgres'
import { cancelWords } from './attempt.ts'
import { claim, type Claimed } from './claim.ts'
import { carryOut, type Desk, poke } from './desk.ts'
import { isStale } from './outage.ts'
import { declareDead, freeOrphans, wakeForgotten } from './rescue.ts'
import { interrupt, Interrupted } from './run.ts'
import { arrayOf } from '../db/array.ts'
import { isOutage } from '../db/outage.ts'

const POLL_MS = 1000

/** NOTIFY is a hint: what it says is also looked for, once a second. */
export function listen(desk: Desk): Promise<ListenMeta[]> {
  const { sql } = desk.kit
  const wake = () => poke(desk)
  return Promise.all([
    sql.listen('davit_ready', wake, wake),
    // It leaves with the commit of the request, so there is nothing to look up: only an accepted cancel is told of.
    sql.listen('davit_cancel', (text) => {
      const [operationId] = text.split(' ', 1)
      const by = text.slice(operationId!.length + 1)
      // It may be this runner's already, by a claim whose answer is still on its way.
      if (!desk.runs.has(Number(operationId))) desk.heardEarly.set(Number(operationId), by)
      cancel(desk, Number(operationId), by).catch((error: unknown) => endUnlessOutage(desk, error))
    }),
  ])
}

export async function claimLoop(desk: Desk): Promise<void> {
  const { parts, kit } = desk
  while (desk.state === 'live') {
    const woken = desk.woken.promise
    const free = parts.slots - desk.runs.size
    const claimed = free > 0 ? await claimFree(desk, free) : []
    if (!kit.alive()) return
    for (const one of claimed) {
      void carryOut(desk, one)
      const by = one.cancelRequestedBy ?? desk.heardEarly.get(one.id)
      if (by !== undefined && one.status === 'running') {
        cancel(desk, one.id, by).catch((error: unknown) => endUnlessOutage(desk, error))
      }
    }
    if (claimed.length === 0 || claimed.length === free) await Promise.race([woken, pause(POLL_MS, undefined, { ref: false })])
  }
}

async function claimFree({ parts, kit, lease, definitions, openers, runs }: Desk, free: number): Promise<Claimed[]> {
  await lease.held()
  try {
    return await claim(kit.sql, parts.id, [...definitions.keys()], [...runs.keys()], free, openers)
  } catch (error) {
    // What it took all the same is this runner's own, and the next claim brings it.
    if (isOutage(error)) return []
    throw error
  }
}

export async function watchLoop(desk: Desk): Promise<void> {
  const { parts, kit, lease } = desk
  while (kit.alive()) {
    await pause(Math.min(POLL_MS, parts.leaseSeconds * 500), undefined, { ref: false })
    if (!kit.alive()) return
    try {
      await lease.held()
      // An early notice lives until the next look, which finds the cancel itself; most are another runner's.
      const early = [...desk.heardEarly.keys()]
      await lookForCancels(desk, [...desk.runs.keys()])
      for (const operationId of early) desk.heardEarly.delete(operationId)
      // A db that was just away has seen no renewal of the others either.
      if (lease.contactSeconds() > parts.leaseSeconds) await declareDead(kit.sql, parts.id)
      await freeOrphans(kit.sql)
      for (const forgotten of await wakeForgotten(kit.sql)) (parts.alarm ?? console.error)(`operation ${forgotten} was waiting for nothing; this is a defect of the runner`)
    } catch (error) {
      if (kit.alive() && !isOutage(error)) throw error
    }
  }
}

/** Apart from the watch: a sweep asks engines, and cancels must not wait for them. */
export async function sweepLoop(desk: Desk): Promise<void> {
  const { parts, lease } = desk
  while (desk.state === 'live' && parts.sweep) {
    await pause(Math.min(POLL_MS, parts.leaseSeconds * 500), undefined, { ref: false })
    if (desk.state !== 'live') return
    try {
      await lease.held()
      await parts.sweep(() => lease.held())
    } catch (error) {
      if (desk.kit.alive() && !isOutage(error)) throw error
    }
  }
}

async function lookForCancels(desk: Desk, operationIds: number[]): Promise<void> {
  if (operationIds.length === 0) return
  const rows = await desk.kit.sql<{ id: string; by: string }[]>`
    select id, cancel_requested_by as by from operations
    where id = any(${arrayOf(operationIds)}::bigint[]) and status = 'running' and cancel_requested_at is not null`
  await Promise.all(rows.map((row) => cancel(desk, Number(row.id), row.by)))
}

async function cancel(desk: Desk, operationId: number, by: string): Promise<void> {
  const run = desk.runs.get(operationId)
  if (!run || run.rollingBack !== null) return
  run.cancelledBy = by
  try {
    await interrupt(run, new Interrupted('cancelled', cancelWords(run)))
  } catch (error) {
    if (!isStale(error)) throw error
  }
}

function endUnlessOutage({ kit }: Desk, error: unknown): void {
  if (kit.alive() && !isOutage(error)) kit.fail(error)
}
