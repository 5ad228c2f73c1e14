import { setTimeout as delay } from 'node:timers/promises'
import { config } from '../config.ts'
import { ageSeconds, type ProcessIdentity, signalProcess } from '../drivers/machine/process.ts'
import { lookUpProcess } from './processes.ts'
import { endSupervised } from './supervise.ts'

/** So often in a row, a lease apart: after an outage of the db every lease is over, and a runner needs a moment to renew its own. */
const findingsMin = 3
/** It hands over what may be handed over, and waits for a step that must not be cut in half. */
export const runnerSeconds = 60

/**
 * Kills a runner whose process is there and whose lease is over for good, such as one that was stopped (SIGSTOP)
 * or hangs: it claims nothing, and while it is there nobody takes its place. Should it do something yet, the db
 * refuses its fence.
 */
export async function killLostRunner(stopped: AbortSignal): Promise<void> {
  let last: ProcessIdentity | null = null
  for (let findings = 0; !stopped.aborted; ) {
    await delay(config.leaseSeconds * 1000, undefined, { signal: stopped }).catch(() => {})
    const runner = lookUpProcess('runner')
    const lost = runner !== null && (await hasLostLease(runner, stopped))
    if (stopped.aborted) return
    findings = lost && (findings === 0 || last?.startTicks === runner.startTicks) ? findings + 1 : 0
    last = runner
    if (!lost || findings < findingsMin) continue
    console.error(`The runner (pid ${runner.pid}) is there and does nothing: its lease is over. It is killed.`)
    signalProcess(runner, 'SIGKILL')
    findings = 0
  }
}

/** Told to stop, or killed when it can no longer hear that. */
export async function endRunner(): Promise<void> {
  const over = new AbortController()
  const watching = killLostRunner(over.signal)
  await endSupervised('runner', runnerSeconds).finally(() => over.abort())
  await watching
}

/** False also while the db does not answer, however long, and before the runner has a lease. */
async function hasLostLease(runner: ProcessIdentity, stopped: AbortSignal): Promise<boolean> {
  // Imported late: it connects to a database that was not there when this process began.
  const { isLeaseOver } = await import('./queries.ts')
  const asked = isLeaseOver({ pid: runner.pid, name: config.runnerName, ageSeconds: ageSeconds(runner) })
  return await Promise.race([asked, delay(config.leaseSeconds * 1000, false, { signal: stopped })]).catch(() => false)
}
