import { readFileSync } from 'node:fs'
import { freemem } from 'node:os'
import { Refusal } from '../../refusal.ts'
import type { Place, Placement, PlacementRequest } from '../driver.ts'

/** Places differ in their disks; what runs already has taken its memory, so only the new containers count. */
export function place(names: Place[], { containers }: PlacementRequest): Placement[] {
  for (const { place: wanted } of containers) {
    if (wanted !== undefined && !names.includes(wanted)) throw new Refusal('not_found', `There is no place ${wanted}; there ${names.length === 1 ? 'is' : 'are'} ${names.join(', ')}.`)
  }
  const wantedMb = containers.reduce((sum, { memoryMb }) => sum + memoryMb, 0)
  const freeMb = availableMb()
  if (wantedMb > freeMb) {
    throw new Refusal('conflict', `${containers.length} containers need ${wantedMb} MB together, and this machine has ${freeMb} MB free beside what runs now.`)
  }
  return containers.map(({ name, place: wanted = 'local' }) => ({ name, place: wanted }))
}

export function availableMb(): number {
  if (process.platform !== 'linux') return Math.floor(freemem() / 1024 ** 2)
  // What the kernel could free counts too, which freemem leaves out.
  const kilobytes = /^MemAvailable:\s*(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1]
  return Math.floor(Number(kilobytes) / 1024)
}
