import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { sql } from '#lib/db/client.ts'
import { Refusal } from '#lib/refusal.ts'
import { requestCancel } from '#lib/runner/cancel.ts'
import type { Definition } from '#lib/runner/define.ts'
import { start } from '#lib/runner/start.ts'
import { endProcesses, runnersCount, slotsCount, startProcesses } from './bench.ts'
import { percentile, printFigure } from './figure.ts'
import { actor, makeThings } from './runner.ts'
import type { Said } from './runner-process.ts'
import { onThing } from './thing.ts'
import { arrayOf } from '#lib/db/array.ts'

const cancelsCount = 200
const cancelledAfterMsMax = 900
const limitSeconds = 300

const none = { undoes: 'undo it', run: () => {}, compensate: () => {} }
const children = onThing('children').step('first', none).step('second', none).step('third', none) as Definition

/** From an accepted cancel to its commit and signal, and to the first compensation, with all slots busy with real children. */
export async function bench(): Promise<void> {
  const said = new Map<string, number>()
  const processes = await startProcesses<Said>('runner-process.ts', [], ({ what, id, wallMs }) => {
    if (!said.has(`${what} ${id}`)) said.set(`${what} ${id}`, wallMs)
  })
  const things = await makeThings(runnersCount * slotsCount)
  const accepted: number[] = []
  const deadline = performance.now() + limitSeconds * 1000
  await Promise.all(
    things.map(async (thing) => {
      while (accepted.length < cancelsCount && performance.now() < deadline) {
        const { id } = await start(children as never, { thing } as never, actor, { requestKey: randomUUID() })
        await pause(Math.random() * cancelledAfterMsMax)
        if (await cancel(id)) accepted.push(id)
      }
    }),
  )
  await pause(3000)
  await endProcesses(processes)
  await printCancels(accepted, said)
}

async function cancel(id: number): Promise<boolean> {
  try {
    await requestCancel(actor, id, () => 'operate')
    return true
  } catch (error) {
    if (error instanceof Refusal) return false
    throw error
  }
}

/** By the db's clock, which is this machine's: from when the request was written to the later of commit and signal. */
async function printCancels(accepted: number[], said: Map<string, number>): Promise<void> {
  const rows = await sql<{ id: string; asked: number; rolling: number | null }[]>`
    select id, extract(epoch from cancel_requested_at)::float8 * 1000 as asked, extract(epoch from rollback_started_at)::float8 * 1000 as rolling
    from operations where id = any(${arrayOf(accepted)}::bigint[]) and started_at is not null`
  const signalled = rows.map(({ id, asked, rolling }) => Math.max(rolling ?? Number.NaN, said.get(`told to stop ${id}`) ?? 0) - asked)
  const settled = rows.flatMap(({ id, asked }) => {
    const at = said.get(`compensating ${id}`)
    return at === undefined ? [] : [at - asked]
  })
  printFigure('cancel', 'p99_ms', percentile(signalled, 0.99), 'ms', null)
  printFigure('cancel', 'settled_ms', percentile(settled, 0.99), 'ms', null)
}
