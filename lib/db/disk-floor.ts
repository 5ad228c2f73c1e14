import { statfs } from 'node:fs/promises'
import { config } from '../config.ts'
import { Refusal } from '../refusal.ts'

/** Before anything is begun that takes room; what is under way goes on. @throws Refusal `unavailable`, with the numbers */
export async function refuseWhenDiskIsLow() {
  const { bavail, bsize } = await statfs(config.dataPath)
  const freeMb = Math.floor((bavail * bsize) / 1_048_576)
  if (freeMb >= config.diskFloorMb) return
  throw new Refusal(
    'unavailable',
    `Only ${freeMb} MB of disk are free where Davit keeps its data, and ${config.diskFloorMb} MB are kept for what is running. Free some space, then try again.`,
  )
}
