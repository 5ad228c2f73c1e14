import { spawn } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { config, inherited } from '../config.ts'
import { awaitEnd, identify, isAlive, type ProcessIdentity, signalProcess } from '../drivers/machine/process.ts'

/** Davit's own processes, apart from Postgres, which keeps its own pid file. */
export type ProcessName = 'start' | 'web' | 'runner' | 'router'

const logBytesMax = 16 * 1024 * 1024

const identityFile = (name: ProcessName) => join(config.dataPath, 'run', `${name}.json`)
export const logFile = (name: ProcessName) => join(config.dataPath, 'log', `${name}.log`)

/** Whom a pid file names: pid, start time and boot, so that nobody else's process is ever taken for ours. */
export function lookUpProcess(name: ProcessName): ProcessIdentity | null {
  if (!existsSync(identityFile(name))) return null
  const identity = JSON.parse(readFileSync(identityFile(name), 'utf8')) as ProcessIdentity
  return isAlive(identity) ? identity : null
}

export function recordProcess(name: ProcessName, pid: number): ProcessIdentity | null {
  const identity = identify(pid)
  if (!identity) return null
  mkdirSync(dirname(identityFile(name)), { recursive: true, mode: 0o700 })
  writeFileSync(`${identityFile(name)}.partial`, JSON.stringify(identity), { mode: 0o600 })
  renameSync(`${identityFile(name)}.partial`, identityFile(name))
  return identity
}

export const forgetProcess = (name: ProcessName) => rmSync(identityFile(name), { force: true })

/**
 * SIGTERM, then after `seconds` SIGKILL. Resolves once it is gone; stopping what does not run is fine.
 * @returns whether it had to be killed.
 */
export async function stopProcess(name: ProcessName, seconds: number): Promise<boolean> {
  const identity = lookUpProcess(name)
  if (!identity) return false
  signalProcess(identity, 'SIGTERM')
  const killed = (await awaitEnd(identity, seconds * 1000)) === null
  if (killed) {
    signalProcess(identity, 'SIGKILL')
    await awaitEnd(identity, 10_000)
  }
  forgetProcess(name)
  return killed
}

/**
 * Starts one of Davit's processes in a process group of its own, so that Ctrl-C reaches only us and we end the
 * others in order. Its output goes to a file: a pipe would break under it when we die.
 */
export function startProcess(name: ProcessName, args: string[]) {
  const file = logFile(name)
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  if (existsSync(file) && statSync(file).size > logBytesMax) renameSync(file, `${file}.1`)
  const log = openSync(file, 'a', 0o600)
  const child = spawn(process.execPath, args, { cwd: join(import.meta.dirname, '../..'), env: inherited, detached: true, stdio: ['ignore', log, log] })
  closeSync(log)
  if (child.pid) recordProcess(name, child.pid)
  return child
}

export function lastLines(name: ProcessName, count = 10): string {
  if (!existsSync(logFile(name))) return ''
  return readFileSync(logFile(name), 'utf8').trimEnd().split('\n').slice(-count).join('\n')
}
