import { readFileSync } from 'node:fs'
import { freemem } from 'node:os'
import { Refusal } from '../../refusal.ts'
import type { PlacementRequest } from '../driver.ts'
import { megabyte } from '../megabyte.ts'

/** What runs already has taken its memory, so only the new containers count. @throws Refusal `conflict`, with the numbers */
export function refuseUnlessMemory(containers: PlacementRequest['containers'], machine: string, freeMb: number): void {
  const wantedMb = containers.reduce((sum, { memoryMb }) => sum + memoryMb, 0)
  if (wantedMb <= freeMb) return
  const needed = containers.length === 1 ? `1 container needs ${wantedMb} MB` : `${containers.length} containers need ${wantedMb} MB together`
  throw new Refusal('conflict', `${needed}, and ${machine} has ${freeMb} MB free beside what runs now.`)
}

export function availableMb(): number {
  if (process.platform !== 'linux') return Math.floor(freemem() / megabyte)
  // What the kernel could free counts too, which freemem leaves out.
  const kilobytes = /^MemAvailable:\s*(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1]
  return Math.floor(Number(kilobytes) / 1024)
}
