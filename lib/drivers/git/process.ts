import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readdirSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Writable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { Refusal } from '../../refusal.ts'
import { readIfThere, writeAtomically } from '../machine/atomic-file.ts'
import type { Argv } from '../machine/argv.ts'
import { reasonIn } from './reason.ts'
import { identify, lookUpSession, signalProcess, type ProcessIdentity } from '../machine/process.ts'

/** How long one git may take; nothing of its group begins later than that. */
export const gitLimitMs = 10 * 60_000
/** How long the kernel may take to end what was killed. */
const killLimitMs = 30_000
const outputBytesMax = 65_536

/** An answer "no" of git's, with its reason. Never shown without the source it is about. */
export class GitFailure extends Error {}

export interface GitCall {
  argv: Argv
  env: Record<string, string>
  /** Beside it stands, for as long as the call lasts, which process that is. */
  cache: string
  /** Ends the group with this process. */
  tree: string
}

/** What it says. The whole group ends on an abort, and with this process: git leaves the talking to helpers of its own. */
export function outputOf({ argv, env, cache, tree }: GitCall, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('/bin/sh', [tree, ...argv], { env: env as NodeJS.ProcessEnv, cwd: '/', stdio: ['ignore', 'pipe', 'pipe', 'pipe'], detached: true })
    const said = { stdout: '', stderr: '' }
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream]?.setEncoding('utf8').on('data', (text: string) => {
        said[stream] = (said[stream] + text).slice(-outputBytesMax)
      })
    }
    const end = () => child.pid !== undefined && killGroup(child.pid)
    signal.addEventListener('abort', end)
    let note: string | null = null
    child.on('error', (error: NodeJS.ErrnoException) => reject(notStarted(error.code ?? error.message)))
    child.on('close', (code) => {
      signal.removeEventListener('abort', end)
      if (note !== null) rmSync(note, { force: true })
      if (code === 0) resolve(said.stdout)
      else if (code === 126 || code === 127) reject(notStarted(reasonIn(said.stderr)))
      else reject(new GitFailure(signal.aborted ? 'it took too long' : reasonIn(said.stderr)))
    })
    try {
      note = child.pid === undefined ? null : noteProcess(cache, child.pid)
      // Where it has ended before, `close` tells of it.
      const begin = child.stdio[3] as Writable
      begin.on('error', () => {}).write('\n')
    } catch (error) {
      end()
      reject(error)
    }
    if (signal.aborted) end()
  })
}

/** Ends what a process that died, or sleeps, has left at work in a cache; resolves when the last of it is gone. The caller is the cache's holder. */
export async function endLeft(cache: string): Promise<void> {
  const folder = dirname(cache)
  const notes = readdirSync(folder).filter((name) => name.startsWith(`${basename(cache)}-process-`))
  for (const path of notes.map((name) => join(folder, name))) {
    const leader = readNote(path)
    if (leader !== null) await endSession(leader, cache)
    rmSync(path, { force: true })
  }
}

/** Null: it has ended already. */
function noteProcess(cache: string, pid: number): string | null {
  const leader = identify(pid)
  if (leader === null) return null
  const path = `${cache}-process-${randomUUID()}`
  writeAtomically(path, JSON.stringify(leader))
  return path
}

/** Null for one that a crash left half written: there, too, git has ended with its process. */
function readNote(path: string): ProcessIdentity | null {
  try {
    return JSON.parse(readIfThere(path) ?? 'null') as ProcessIdentity | null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

async function endSession(leader: ProcessIdentity, cache: string): Promise<void> {
  const until = performance.now() + killLimitMs
  for (;;) {
    const left = lookUpSession(leader, gitLimitMs / 1000)
    if (left.length === 0) return
    if (performance.now() > until) throw new Error(`git in ${basename(cache)} does not end, not even by SIGKILL`)
    for (const process of left) signalProcess(process, 'SIGKILL')
    await pause(5)
  }
}

function notStarted(why: string): Refusal {
  return new Refusal('unavailable', `git could not be started: ${why}.`)
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
