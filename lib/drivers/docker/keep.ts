import { readdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { ImageId, Kept } from '../driver.ts'
import { cachePath } from '../local/git.ts'
import { endLeft } from '../local/git-process.ts'
import { betweenTurns } from '../local/turn.ts'
import { removeById, removeNetwork } from './end.ts'
import { listImages, removeImage } from './image.ts'
import { lookUpAll } from './inspect.ts'
import { filtersOf, label } from './labels.ts'
import type { DockerStack } from './open.ts'

export async function listKept(stack: DockerStack): Promise<Kept[]> {
  const found = await listImages(stack)
  const networks = await networksOf(stack)
  const others = [...networks.map(({ owner }) => owner), ...readdirSync(join(stack.folder, 'git')).map(ownerOf)]
  for (const owner of others) if (owner !== null && !found.has(owner)) found.set(owner, [])
  return [...found].map(([owner, images]) => ({ owner, images }))
}

/** Of its cache, its turn, the git at work there, and what a crash left of writing those. */
function ownerOf(entry: string): number | null {
  const owner = /^(\d+)(-.*)?$/.exec(entry)?.[1]
  return owner === undefined ? null : Number(owner)
}

async function networksOf(stack: DockerStack, ...labels: string[]): Promise<{ id: string; owner: number }[]> {
  const { docker, ask } = stack.engine
  const all = await ask(null, (abortSignal) => docker.listNetworks({ filters: filtersOf(stack.realm, ...labels), abortSignal }))
  return all.map(({ Id, Labels }) => ({ id: Id, owner: Number(Labels?.[label.owner]) }))
}

export async function discardImage(stack: DockerStack, image: ImageId, owner: number, isNeeded: () => Promise<boolean>): Promise<boolean> {
  const discarded = await betweenTurns(stack, owner, async () => {
    if (await isNeeded()) return false
    await removeImage(stack, image)
    return true
  })
  return discarded ?? false
}

export async function forget(stack: DockerStack, owner: number): Promise<void> {
  const own = `${label.owner}=${owner}`
  for (const { id } of await lookUpAll(stack, null, own)) await removeById(stack, id, null)
  for (const { id } of await networksOf(stack, own)) await removeNetwork(stack, id, null)
  for (const image of (await listImages(stack)).get(owner) ?? []) await removeImage(stack, image)
  await endLeft(cachePath(stack, owner))
  for (const entry of readdirSync(join(stack.folder, 'git'))) {
    if (ownerOf(entry) === owner) await rm(join(stack.folder, 'git', entry), { recursive: true, force: true })
  }
}
