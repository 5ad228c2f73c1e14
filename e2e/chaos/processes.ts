import { readdirSync, readFileSync } from 'node:fs'
import { awaitEnd, identify, type ProcessIdentity, signalProcess } from '#lib/drivers/machine/process.ts'

export interface Found extends ProcessIdentity {
  /** The container it is of; null: of none. */
  container: string | null
  command: string
}

/** Every process but this one that bears that folder in its environment or its arguments: Davit's own, containers, builds, gits. */
export function findProcessesOf(folder: string): Found[] {
  return readdirSync('/proc').map(Number).filter((pid) => pid > 0 && pid !== process.pid).flatMap((pid) => {
    const environment = readOrEmpty(`/proc/${pid}/environ`)
    const argv = readOrEmpty(`/proc/${pid}/cmdline`)
    const identity = identify(pid)
    if (identity === null || (!environment.includes(folder) && !argv.includes(folder))) return []
    const marker = environment.split('\0').find((line) => line.startsWith('DAVIT_CONTAINER='))
    return [{ ...identity, container: marker?.split('/').at(-1) ?? null, command: argv.replaceAll('\0', ' ').slice(0, 200) }]
  })
}

/** The last resort, by pid and start time; a stopped process hears of its end, too. */
export async function killEverythingOf(folder: string): Promise<number> {
  const found = findProcessesOf(folder)
  for (const one of found) signalProcess(one, 'SIGKILL')
  await Promise.all(found.map((one) => awaitEnd(one, 10_000)))
  return found.filter(({ container }) => container === null).length
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    // It has ended meanwhile.
    return ''
  }
}
