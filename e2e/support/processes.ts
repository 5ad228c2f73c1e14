import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { currentRun } from './run.ts'

/** The command lines of all processes that hold this text. */
export async function processesWith(text: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))
  return lines.map((line) => line.replaceAll('\0', ' ')).filter((line) => line.includes(text))
}

export async function pidOf(name: 'start' | 'runner' | 'router' | 'web'): Promise<number> {
  const { pid } = JSON.parse(await readFile(join(currentRun().data, 'run', `${name}.json`), 'utf8')) as { pid: number }
  return pid
}
