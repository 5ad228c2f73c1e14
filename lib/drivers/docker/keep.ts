import type { ImageId, Kept } from '../driver.ts'
import { forgetCaches, ownersOf } from '../git/keep.ts'
import { discardUnless } from '../turn.ts'
import { listNotes } from './build-note.ts'
import { removeBuildsOf } from './clear-build.ts'
import { removeById } from './end.ts'
import { listImages, removeImage } from './image.ts'
import { lookUpAll } from './inspect.ts'
import { label } from './labels.ts'
import { forgetListeners } from './listener.ts'
import { removeEmptyEnvironments } from './network.ts'
import type { DockerStack } from './open.ts'

export async function listKept(stack: DockerStack): Promise<Kept[]> {
  // Here, as the sweep asks for this again and again.
  await removeEmptyEnvironments(stack)
  const found = await listImages(stack)
  const keeping = owning(stack)
  const listening = stack.listeners.list().map(({ owner }) => owner).filter((owner) => !keeping.has(owner))
  for (const owner of [...ownersOf(stack.git), ...listNotes(stack).map((note) => note.owner), ...listening]) if (!found.has(owner)) found.set(owner, [])
  return [...found].map(([owner, images]) => ({ owner, images }))
}

export async function discardImage(stack: DockerStack, image: ImageId, owner: number, isNeeded: () => Promise<boolean>): Promise<boolean> {
  return await discardUnless(stack, owner, isNeeded, () => removeImage(stack, image))
}

/** Its uid late: until then whatever is left belongs to somebody; and to a volume its files always do. */
export async function forget(stack: DockerStack, owner: number): Promise<void> {
  for (const { id } of await lookUpAll(stack, null, `${label.owner}=${owner}`)) await removeById(stack, id, null)
  await removeBuildsOf(stack, owner, null)
  for (const image of (await listImages(stack)).get(owner) ?? []) await removeImage(stack, image)
  await forgetCaches(stack.git, owner)
  if (!owning(stack).has(owner)) {
    forgetListeners(stack, owner)
    await stack.uids.release(String(owner))
  }
  await removeEmptyEnvironments(stack)
}

/** Who has volumes. */
const owning = ({ volumes }: DockerStack) => new Set(volumes.list().map(({ owner }) => owner.id))
