import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { ContainerRef, StepIo } from '../driver.ts'
import { markerVariable, runs, type ContainerRecord } from './container-folder.ts'
import { nameLimitMs } from '../machine/lock.ts'
import { sayKilled } from '../say.ts'
import type { Local } from './open.ts'
import { awaitEnd, findByVariable, handlesTerm, isAlive, lookUpChild, signalProcess, type ProcessIdentity } from '../machine/process.ts'

/** How long the kernel may take to end what was killed. */
const killLimitMs = 30_000

export async function stop(local: Local, { name }: ContainerRef, graceSeconds: number, io: StepIo): Promise<void> {
  const record = local.folders.lookUp(name)
  if (record === null) return
  await io.guard()
  if (record.process !== null && runs(record)) {
    const until = performance.now() + graceSeconds * 1000
    const first = await awaitFirstProcess(record, record.process, until)
    if (first !== null) await tell(record, record.process, first, until, io.signal)
    if (graceSeconds > 0 && isAlive(record.process)) await sayKilled(io, name, graceSeconds)
  }
  await kill(local, record)
}

/** What is told alone is told again, as a shell that makes ready does not hear every signal. */
async function tell({ stopSignal }: ContainerRecord, outer: ProcessIdentity, first: ProcessIdentity, until: number, signal: AbortSignal): Promise<void> {
  do {
    signalProcess(first, 'SIGTERM')
    const leftMs = until - performance.now()
    await awaitEnd(outer, stopSignal === undefined ? leftMs : Math.min(leftMs, 1000), signal)
  } while (isAlive(outer) && performance.now() < until)
}

/** SIGKILL to all of it; resolves when the last process is gone. */
export async function kill(local: Local, record: ContainerRecord): Promise<void> {
  if (record.process !== null && isAlive(record.process)) {
    // The outer process ends after all the others; killed itself, it would leave them dying behind it.
    if (record.namespaces) signalProcess(lookUpChild(record.process.pid) ?? record.process, 'SIGKILL')
    else {
      killGroup(record.process)
      // Found by its variable it may lead no group: the first process had ended before it was noted.
      signalProcess(record.process, 'SIGKILL')
    }
    if ((await awaitEnd(record.process, killLimitMs)) === null) throw new Error(`${record.name} does not end, not even by SIGKILL`)
    noteKilled(local, record)
  }
  await killStrays(local, record)
}

export async function remove(local: Local, { name }: ContainerRef): Promise<void> {
  await local.nameLocks.alone(name, nameLimitMs, async () => {
    const record = local.folders.lookUp(name)
    if (record !== null) {
      await kill(local, record)
      if (record.port !== null && record.listensAs === undefined) local.ports.release(record.port)
    }
    local.ready.delete(name)
    await local.folders.remove(name)
  })
}

/** The process that is to be told, once it can hear: with namespaces, the one inside that the outer one waits for. */
async function awaitFirstProcess({ namespaces }: ContainerRecord, outer: ProcessIdentity, until: number): Promise<ProcessIdentity | null> {
  while (isAlive(outer) && performance.now() < until) {
    const first = namespaces ? lookUpChild(outer.pid) : outer
    if (first !== null && handlesTerm(first.pid)) return first
    await pause(5)
  }
  return null
}

function killGroup(leader: ProcessIdentity): void {
  try {
    process.kill(-leader.pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** Without namespaces a process may have left the group; it carries the variable unless it took pains to lose it. */
async function killStrays(local: Local, record: ContainerRecord): Promise<void> {
  if (record.namespaces) return
  const until = performance.now() + killLimitMs
  for (;;) {
    const strays = findByVariable(markerVariable, local.folders.marker(record.name))
    if (strays.length === 0) return
    if (performance.now() > until) throw new Error(`${record.name} does not end, not even by SIGKILL`)
    for (const stray of strays) signalProcess(stray, 'SIGKILL')
    await pause(5)
  }
}

/** Unless the command's own code was written before. */
function noteKilled(local: Local, record: ContainerRecord): void {
  if (local.folders.state(record).exitCode === null) writeFileSync(join(local.folders.path(record.name), 'exit'), '137\n', { mode: 0o600 })
}
