import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'

/** Which process, for good: a pid alone is handed out again. */
export interface ProcessIdentity {
  pid: number
  /** Clock ticks from the boot to its start. */
  startTicks: number
  bootId: string
}

const bootId = readOrNull('/proc/sys/kernel/random/boot_id')?.trim() ?? 'unknown'

/** Null when there is no such process any more; a zombie is none. */
export function identify(pid: number): ProcessIdentity | null {
  const stat = lookUpStat(pid)
  return stat && { pid, startTicks: stat.startTicks, bootId }
}

export function isAlive(identity: ProcessIdentity | null): boolean {
  if (identity === null || identity.bootId !== bootId) return false
  return lookUpStat(identity.pid)?.startTicks === identity.startTicks
}

/** Linux counts so for whoever reads /proc, whatever its own clock does. */
const ticksPerSecond = 100

/** Since its start, time in which the machine slept included. */
export function ageSeconds({ startTicks }: ProcessIdentity): number {
  return Number.parseFloat(readFileSync('/proc/uptime', 'latin1')) - startTicks / ticksPerSecond
}

/** Signals that very process, and nobody who got its pid later. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  if (isAlive(identity)) sendSignal(identity.pid, signal)
}

/** The first process inside the namespaces of an outer one; null while there is none. */
export function lookUpChild(parent: number): ProcessIdentity | null {
  for (const pid of listPids()) {
    if (lookUpStat(pid)?.parent === parent) return identify(pid)
  }
  return null
}

/**
 * What lives of the session that a process leads or led. Its number may be another's once all of it has ended,
 * so that of one that is gone only those count that began within `spanSeconds` of it.
 */
export function lookUpSession(leader: ProcessIdentity, spanSeconds: number): ProcessIdentity[] {
  const present = lookUpStat(leader.pid)
  if (leader.bootId !== bootId || (present !== null && present.startTicks !== leader.startTicks)) return []
  const last = present === null ? leader.startTicks + spanSeconds * ticksPerSecond : Infinity
  return listPids().flatMap((pid) => {
    const stat = lookUpStat(pid)
    const belongs = stat?.session === leader.pid && stat.startTicks >= leader.startTicks && stat.startTicks <= last
    return belongs ? [{ pid, startTicks: stat.startTicks, bootId }] : []
  })
}

/** Whether it has a handler for SIGTERM; the first process of a namespace never gets the signal without one. */
export function handlesTerm(pid: number): boolean {
  const caught = /^SigCgt:\s*([0-9a-f]+)$/m.exec(readOrNull(`/proc/${pid}/status`) ?? '')?.[1]
  return caught !== undefined && (BigInt(`0x${caught}`) & (1n << 14n)) !== 0n
}

/** Every process that was started with this variable, oldest first; the first of a container is its outer one. */
export function findByVariable(name: string, value: string): ProcessIdentity[] {
  const wanted = `\0${name}=${value}\0`
  const found = listPids().filter((pid) => `\0${readOrNull(`/proc/${pid}/environ`) ?? ''}\0`.includes(wanted))
  return found.map(identify).filter((identity) => identity !== null).sort((a, b) => a.startTicks - b.startTicks || a.pid - b.pid)
}

/** Null when it has not ended within the limit. */
export async function awaitEnd(identity: ProcessIdentity, limitMs: number, signal?: AbortSignal): Promise<true | null> {
  const began = performance.now()
  while (isAlive(identity)) {
    const waitedMs = performance.now() - began
    if (waitedMs >= limitMs) return null
    // Late by a hundredth of the time it took: clients of a database wait meanwhile.
    await pause(Math.min(Math.max(waitedMs / 100, 1), 10))
    signal?.throwIfAborted()
  }
  return true
}

export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    // It has ended meanwhile, which is what was wanted.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

function lookUpStat(pid: number): { parent: number; session: number; startTicks: number } | null {
  const text = readOrNull(`/proc/${pid}/stat`)
  if (text === null) return null
  // The command's name stands in brackets and may hold brackets and spaces itself.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  if (fields[0] === 'Z' || fields[0] === 'X') return null
  return { parent: Number(fields[1]), session: Number(fields[3]), startTicks: Number(fields[19]) }
}

function listPids(): number[] {
  return readdirSync('/proc').map(Number).filter((pid) => pid > 0)
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    // Gone, or somebody else's: not ours to know either way.
    return null
  }
}
