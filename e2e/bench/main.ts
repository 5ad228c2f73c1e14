import { rmSync } from 'node:fs'
import { takeOwnPlace } from '../support/own-place.ts'

/**
 * npm run bench -- runner rollout cancel activity report
 * One JSON object a line and figure: {"bench","figure","value","unit","baseline","ratio"}. Everything runs in a
 * folder of its own, which goes at the end; nothing but loopback is spoken to.
 */
const known = ['runner', 'rollout', 'cancel', 'activity', 'report'] as const
const wanted = process.argv.slice(2)
const strange = wanted.find((name) => !known.some((one) => one === name))
if (strange !== undefined) throw new Error(`there is no bench "${strange}"; there are ${known.join(', ')}`)

const folder = await takeOwnPlace('bench')
const { openBench, closeBench } = await import('./bench.ts')
const benches = { runner: () => import('./runner.ts'), rollout: () => import('./rollout.ts'), cancel: () => import('./cancel.ts'), activity: () => import('./activity.ts'), report: () => import('./report.ts') }

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
