import type { ImageId, Kept } from '../driver.ts'
import { forgetCaches, ownersOf } from '../git/keep.ts'
import { discardUnless } from '../turn.ts'
import { remove } from './end.ts'
import { listImages, removeImage } from './image.ts'
import type { Local } from './open.ts'

export function listKept(local: Local): Kept[] {
  const found = listImages(local)
  const keeping = owning(local)
  const listening = local.listeners.owners().filter((owner) => !keeping.has(owner))
  for (const owner of [...ownersOf(local.git), ...listening]) if (!found.has(owner)) found.set(owner, [])
  return [...found].map(([owner, images]) => ({ owner, images }))
}

export async function discardImage(local: Local, image: ImageId, owner: number, isNeeded: () => Promise<boolean>): Promise<boolean> {
  return await discardUnless(local, owner, isNeeded, () => removeImage(local, image))
}

/** Who has volumes. */
const owning = (local: Local) => new Set(local.volumes.list().map(({ owner }) => owner.id))

/** Its uid last: until then whatever is left belongs to somebody; and to a volume its files always do. */
export async function forget(local: Local, owner: number): Promise<void> {
  for (const record of local.folders.list()) if (record.owner === owner) await remove(local, record)
  for (const image of listImages(local).get(owner) ?? []) await removeImage(local, image)
  await forgetCaches(local.git, owner)
  if (owning(local).has(owner)) return
  local.listeners.forget(owner)
  await local.uids.release(String(owner))
}
