import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { forgetProcess, lastLines, logFile, type ProcessName, startProcess, stopProcess } from './processes.ts'

/** What a runner left half-way waits for the next one: a database that it had stopped is away until then. */
const backOffSecondsMax = { web: 30, runner: 2 }
/** Whoever has lived that long gets a fresh start with the back-off. */
const steadySeconds = 60

/** Keeps one process running until the signal aborts: whatever ends is started again, ever more slowly. */
export async function supervise(name: 'web' | 'runner', args: string[], stopped: AbortSignal): Promise<void> {
  for (let backOff = 0.5; !stopped.aborted; backOff = Math.min(backOff * 2, backOffSecondsMax[name])) {
    const began = performance.now()
    const child = startProcess(name, args)
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
    if (stopped.aborted) return
    forgetProcess(name)
    if (performance.now() - began > steadySeconds * 1000) backOff = 0.5
    console.error(`The ${name} ended (${signal ?? `exit ${code}`}) and is started again in ${backOff} s. From ${logFile(name)}:\n${lastLines(name)}`)
    await delay(backOff * 1000, undefined, { signal: stopped }).catch(() => {})
  }
}

/** Ends a supervised process; how long it may take is its own business up to that bound. */
export async function endSupervised(name: ProcessName, seconds: number): Promise<void> {
  if (await stopProcess(name, seconds)) console.error(`The ${name} had to be killed: it had not ended after ${seconds} s.`)
}
