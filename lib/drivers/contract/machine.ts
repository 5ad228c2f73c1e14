import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/** Of the processes that run test files beside each other, the first being 1: what a machine has once is shared out by it. */
export const worker = Number(process.env.VITEST_POOL_ID ?? 1)

/** With no settings of this machine. */
export function git(folder: string, ...args: string[]): string {
  const env = { ...process.env, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' }
  return execFileSync('git', ['-C', folder, '-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { encoding: 'utf8', env }).trim()
}

/** Of every process. */
export const commandLines = () => readdirSync('/proc').filter((entry) => /^\d+$/.test(entry)).map(commandLine).join('\n')

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    // It has ended since the folder was read.
    return ''
  }
}
