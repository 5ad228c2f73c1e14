import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { config, inherited } from '#lib/config.ts'

const program = join(import.meta.dirname, '../../lib/runner/main.ts')
const aliveSeconds = 30

export interface RunnerProcess {
  name: string
  pid: number
  child: ChildProcess
  logFile: string
  /** Why it may end: what was done to it. Null: nothing was. */
  doneToIt: string | null
  stopped: boolean
}

/** Runners as processes, each replaced when it ends, until the fleet ends. */
export interface Fleet {
  live(): RunnerProcess[]
  /** Runners that ended although nothing was done to them, with their last lines. */
  brokeDown: string[]
  /** By pid, when it was killed. */
  killedAt: Map<number, number>
  /** All log files there ever were. */
  logFiles: string[]
  end(): Promise<void>
}

export function startFleet(size: number, say: (text: string) => void, freshName: () => boolean): Fleet {
  const slots: (RunnerProcess | null)[] = Array.from({ length: size }, () => null)
  const ending = new AbortController()
  const fleet: Fleet = {
    live: () => slots.filter((one) => one !== null),
    brokeDown: [],
    killedAt: new Map(),
    logFiles: [],
    async end() {
      ending.abort()
      for (const one of fleet.live()) one.child.kill('SIGKILL')
      await Promise.all(keeping)
    },
  }
  let started = 0
  async function keep(slot: number) {
    let name = `runner-${slot + 1}`
    while (!ending.signal.aborted) {
      const runner = spawnRunner(name, ++started)
      slots[slot] = runner
      fleet.logFiles.push(runner.logFile)
      const [code, signal] = (await once(runner.child, 'exit')) as [number | null, NodeJS.Signals | null]
      slots[slot] = null
      if (ending.signal.aborted) return
      const lastLines = readFileSync(runner.logFile, 'utf8').trimEnd().split('\n').slice(-15).join('\n')
      say(`${name} (pid ${runner.pid}) ended: ${signal ?? `exit ${code}`}${runner.doneToIt ? ` after ${runner.doneToIt}` : ''}`)
      if (!isExpected(runner, code, signal, lastLines)) fleet.brokeDown.push(`${name}, ${signal ?? `exit ${code}`}:\n${lastLines}`)
      // Half of the time under another name: then nobody but the lease tells that the former one is dead.
      if (freshName()) name = `runner-${slot + 1}-${started}`
      await pause(200, undefined, { signal: ending.signal }).catch(() => {})
    }
  }
  const keeping = slots.map((_, slot) => keep(slot))
  return fleet
}

function isExpected(runner: RunnerProcess, code: number | null, signal: NodeJS.Signals | null, lastLines: string): boolean {
  if (runner.doneToIt === 'kill -9') return signal === 'SIGKILL'
  if (runner.doneToIt === 'SIGTERM') return code === 0 || signal === 'SIGTERM'
  // Whoever slept past its lease finds it gone, and ends.
  return runner.doneToIt === 'a pause' && code === 1 && lastLines.endsWith('lease lost')
}

function spawnRunner(name: string, number: number): RunnerProcess {
  const folder = join(config.dataPath, 'log')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const logFile = join(folder, `${name}.${number}.log`)
  const log = openSync(logFile, 'a', 0o600)
  const child = spawn(process.execPath, [program], { env: { ...inherited, DAVIT_RUNNER_NAME: name }, stdio: ['ignore', log, log], detached: true })
  closeSync(log)
  if (child.pid === undefined) throw new Error(`${name} could not be started`)
  return { name, pid: child.pid, child, logFile, doneToIt: null, stopped: false }
}

/** Resolves once all of them say that they are live. */
export async function untilLive(fleet: Fleet, size: number): Promise<void> {
  const deadline = performance.now() + aliveSeconds * 1000
  const isLive = ({ logFile }: RunnerProcess) => readFileSync(logFile, 'utf8').includes('is live')
  while (fleet.live().filter(isLive).length < size) {
    if (performance.now() > deadline) throw new Error(`not all runners are live after ${aliveSeconds} s:\n${fleet.brokeDown.join('\n')}`)
    await pause(50)
  }
}
