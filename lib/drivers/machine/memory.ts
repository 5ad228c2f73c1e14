import { readFileSync } from 'node:fs'
import { freemem, totalmem } from 'node:os'
import { Refusal } from '../../refusal.ts'
import type { PlacementRequest } from '../driver.ts'
import { megabyte } from '../megabyte.ts'

interface Memory {
  freeMb: number
  totalMb: number
}

/** What runs already has taken its memory, so only what is new counts. @throws Refusal `conflict`, with the numbers */
export function refuseUnlessMemory({ containers, elders }: PlacementRequest, machine: string, { freeMb, totalMb }: Memory): void {
  const free = `${machine} has ${freeMb} MB free beside what runs now`
  const [beside, instead] = [containers.filter((one) => one.beside), containers.filter((one) => !one.beside)]
  if (sum(beside) > freeMb) throw new Refusal('conflict', `${needed(beside)}, and ${free}.`)
  // They have had as much. What they were promised counts, also where they never took it and it is free now.
  if (sum(instead) <= sum(elders)) return
  const freedMb = Math.min(sum(elders), totalMb - freeMb)
  if (sum(containers) <= freeMb + freedMb) return
  const freed = freedMb > 0 ? `; the old ${elders.length === 1 ? 'one, which stops first, counts' : 'ones, which stop first, count'} for ${freedMb} MB more` : ''
  throw new Refusal('conflict', `${needed(containers)}, and ${free}${freed}.`)
}

const sum = (each: { memoryMb: number }[]) => each.reduce((all, { memoryMb }) => all + memoryMb, 0)
const needed = (each: { memoryMb: number }[]) => (each.length === 1 ? `1 container needs ${sum(each)} MB` : `${each.length} containers need ${sum(each)} MB together`)

export const machineMemory = (): Memory => ({ freeMb: availableMb(), totalMb: Math.floor(totalmem() / megabyte) })

function availableMb(): number {
  if (process.platform !== 'linux') return Math.floor(freemem() / megabyte)
  // What the kernel could free counts too, which freemem leaves out.
  const kilobytes = /^MemAvailable:\s*(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1]
  return Math.floor(Number(kilobytes) / 1024)
}
