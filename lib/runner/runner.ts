import { randomUUID } from 'node:crypto'
import { connect, type Sql } from '../db/client.ts'
import type { Driver } from '../drivers/driver.ts'
import type { Definition } from './define.ts'
import { type Ending, openDesk } from './desk.ts'
import { drain } from './leave.ts'
import { claimLoop, listen, sweepLoop, watchLoop } from './loops.ts'
import { freeOrphans, replaceFormer } from './rescue.ts'
import type { At } from './run.ts'

export interface RunnerOptions {
  name: string
  version: string
  definitions: Definition[]
  openDriver(stackId: number): Promise<Driver>
  slots: number
  leaseSeconds: number
  /** Every second, while this runner is live. */
  sweep?(guard: () => Promise<void>): Promise<void>
  /** Only tests: a connection of its own, where to stop, how long to wait between tries, who hears of a defect that was mended. */
  sql?: Sql
  alarm?(text: string): void
  at?: At
  backOffMs?(attempt: number): number
  graceMs?: number
}

export interface Runner {
  id: string
  /** Resolves when the runner has stopped, and says why. What it could not hand over is its successor's once this process has ended. */
  done: Promise<Ending>
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
  await freeOrphans(sql)
  const desk = openDesk({ ...options, ownsPools: !options.sql, sql, heartbeat, id, installation: `davit-${installation!.id.slice(0, 8)}` })
  desk.listening = await listen(desk)
  for (const loop of [claimLoop(desk), watchLoop(desk), sweepLoop(desk)]) {
    loop.catch((error: unknown) => {
      if (desk.kit.alive()) desk.kit.fail(error)
    })
  }
  return {
    id,
    done: desk.done.promise,
    drain: (limitMs) => drain(desk, limitMs),
    leaveForDead() {
      desk.state = 'dead'
      desk.lease.stop()
    },
  }
}
