import { readdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { ImageId, Kept } from '../driver.ts'
import { remove } from './end.ts'
import { cachePath } from './git.ts'
import { endLeft } from './git-process.ts'
import { listImages, removeImage } from './image.ts'
import type { Local } from './open.ts'
import { betweenTurns } from './turn.ts'

export function listKept(local: Local): Kept[] {
  const found = listImages(local)
  for (const entry of readdirSync(join(local.folder, 'git'))) {
    const owner = ownerOf(entry)
    if (owner !== null && !found.has(owner)) found.set(owner, [])
  }
  return [...found].map(([owner, images]) => ({ owner, images }))
}

/** Of its cache, its turn, the git at work there, and what a crash left of writing those. */
function ownerOf(entry: string): number | null {
  const owner = /^(\d+)(-(turn|process).*)?$/.exec(entry)?.[1]
  return owner === undefined ? null : Number(owner)
}

export async function discardImage(local: Local, image: ImageId, owner: number, isNeeded: () => Promise<boolean>): Promise<boolean> {
  const discarded = await betweenTurns(local, owner, async () => {
    if (await isNeeded()) return false
    await removeImage(local, image)
    return true
  })
  return discarded ?? false
}

/** Its uid last: until then whatever is left belongs to somebody. */
export async function forget(local: Local, owner: number): Promise<void> {
  for (const record of local.folders.list()) if (record.owner === owner) await remove(local, record)
  for (const image of listImages(local).get(owner) ?? []) await removeImage(local, image)
  await endLeft(cachePath(local, owner))
  for (const entry of readdirSync(join(local.folder, 'git'))) {
    if (ownerOf(entry) === owner) await rm(join(local.folder, 'git', entry), { recursive: true, force: true })
  }
  await local.uids.release(String(owner))
}
