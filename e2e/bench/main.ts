import { rmSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { takeOwnPlace } from '../support/own-place.ts'

/**
 * npm run bench -- runner rollout cancel activity report downtime [--driver docker]
 * One JSON object a line and figure: {"bench","figure","value","unit","baseline","ratio"}. Everything runs in a
 * folder of its own, which goes at the end; nothing but loopback is spoken to. With a driver: those benches that have one for it.
 */
const known = ['runner', 'rollout', 'cancel', 'activity', 'report', 'downtime'] as const
const { values: { driver }, positionals: named } = parseArgs({ allowPositionals: true, options: { driver: { type: 'string', default: 'local' } } })
if (driver !== 'local' && driver !== 'docker') throw new Error(`there is no driver "${driver}"; there are local and docker`)
const wanted: string[] = named.length === 0 && driver === 'docker' ? ['rollout'] : named
const strange = wanted.find((name) => !known.some((one) => one === name))
if (strange !== undefined) throw new Error(`there is no bench "${strange}"; there are ${known.join(', ')}`)
if (driver === 'docker' && wanted.some((name) => name !== 'rollout')) throw new Error('rollout is the only bench on an engine')

const folder = await takeOwnPlace('bench')
const { openBench, closeBench } = await import('./bench.ts')
const benches = { runner: () => import('./runner.ts'), rollout: () => (driver === 'docker' ? import('./rollout-docker.ts') : import('./rollout.ts')), cancel: () => import('./cancel.ts'), activity: () => import('./activity.ts'), report: () => import('./report.ts'), downtime: () => import('./downtime.ts') }

let exitCode = 0
const interrupted = new Promise<never>((_, reject) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => reject(new Error(`ended by ${signal}`)))
})
try {
  await Promise.race([interrupted, openBench()])
  for (const name of known) if (wanted.length === 0 || wanted.includes(name)) await Promise.race([interrupted, (await benches[name]()).bench(folder)])
} catch (error) {
  console.error(error)
  exitCode = 1
}
await closeBench(folder)
rmSync(folder, { recursive: true, force: true })
process.exit(exitCode)
