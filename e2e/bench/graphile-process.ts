import { run } from 'graphile-worker'
import { now, slotsCount } from './bench.ts'
import { graphileConnection, quiet } from './graphile.ts'

/** graphile-worker with its defaults, but for as many slots as a runner has; its jobs do nothing. */
export type Did = { first: number; last: number; count: number } | { began: number; key: string }

let did = { first: 0, last: 0, count: 0 }
const runner = await run({
  connectionString: graphileConnection(),
  logger: quiet,
  concurrency: slotsCount,
  noHandleSignals: true,
  taskList: { empty: async () => {}, latency: async (payload) => void process.send!({ began: now(), key: (payload as { key: string }).key } satisfies Did) },
})
runner.events.on('job:start', () => (did.first ||= now()))
runner.events.on('job:complete', () => {
  did.last = now()
  did.count++
})
// Told ten times a second, not by the job: the telling must not become the work.
setInterval(() => {
  if (did.count > 0) process.send!(did satisfies Did)
  did = { first: 0, last: 0, count: 0 }
}, 100)
process.send!('ready')
process.on('disconnect', () => process.exit())
