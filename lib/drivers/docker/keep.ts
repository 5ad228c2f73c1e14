import type { ImageId, Kept } from '../driver.ts'
import { forgetCaches, ownersOf } from '../git/keep.ts'
import { discardUnless } from '../turn.ts'
import { removeById, removeNetwork } from './end.ts'
import { listImages, removeImage } from './image.ts'
import { lookUpAll } from './inspect.ts'
import { filtersOf, label } from './labels.ts'
import { removeEmptyEnvironments } from './network.ts'
import type { DockerStack } from './open.ts'

export async function listKept(stack: DockerStack): Promise<Kept[]> {
  // Here, as the sweep asks for this again and again, and nobody else has reason to.
  await removeEmptyEnvironments(stack)
  const found = await listImages(stack)
  const networks = await networksOf(stack)
  for (const owner of [...networks.map((network) => network.owner), ...ownersOf(stack.git)]) if (!found.has(owner)) found.set(owner, [])
  return [...found].map(([owner, images]) => ({ owner, images }))
}

async function networksOf(stack: DockerStack, ...labels: string[]): Promise<{ id: string; owner: number }[]> {
  const { docker, ask } = stack.engine
  const all = await ask(null, (abortSignal) => docker.listNetworks({ filters: filtersOf(stack.realm, ...labels), abortSignal }))
  return all.map(({ Id, Labels }) => ({ id: Id, owner: Number(Labels?.[label.owner]) }))
}

export async function discardImage(stack: DockerStack, image: ImageId, owner: number, isNeeded: () => Promise<boolean>): Promise<boolean> {
  return await discardUnless(stack, owner, isNeeded, () => removeImage(stack, image))
}

export async function forget(stack: DockerStack, owner: number): Promise<void> {
  const own = `${label.owner}=${owner}`
  for (const { id } of await lookUpAll(stack, null, own)) await removeById(stack, id, null)
  for (const { id } of await networksOf(stack, own)) await removeNetwork(stack, id, null)
  for (const image of (await listImages(stack)).get(owner) ?? []) await removeImage(stack, image)
  await forgetCaches(stack.git, owner)
  await removeEmptyEnvironments(stack)
}
