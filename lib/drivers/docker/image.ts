import { createHash } from 'node:crypto'
import type { ImageInspectInfo } from 'dockerode'
import { Refusal } from '../../refusal.ts'
import { type ImageId, ImageInUse, type PullRequest } from '../driver.ts'
import { statusOf, unlessAbsent, within, wordsOf, type Waiting } from './engine.ts'
import type { DockerStack } from './open.ts'

/**
 * The same for the same owner and version, so that an image is known before it is made. To the engine it is
 * a tag in a repository of ours: an image that came from a registry takes no label without becoming another.
 */
export function imageId({ owner }: Pick<PullRequest, 'owner'>, version: string): ImageId {
  const digest = createHash('sha256').update(JSON.stringify([owner.id, version])).digest('hex')
  return `${owner.id}-${version.replace('sha256:', '').slice(0, 10)}-${digest.slice(0, 16)}`
}

export const repositoryOf = ({ realm }: DockerStack) => `davit-${realm.toLowerCase()}`

export function tagOf(stack: DockerStack, image: ImageId): string {
  if (!/^[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127}$/.test(image)) throw new Refusal('not_found', `There is no image "${image.slice(0, 40)}" on this stack.`)
  return `${repositoryOf(stack)}:${image}`
}

export async function lookUpImage(stack: DockerStack, image: ImageId, io: Waiting | null): Promise<ImageInspectInfo | null> {
  return await lookUpReference(stack, tagOf(stack, image), io)
}

export async function lookUpReference({ engine: { docker, ask } }: DockerStack, reference: string, io: Waiting | null): Promise<ImageInspectInfo | null> {
  return await ask(io, (limit) => within(limit, unlessAbsent(docker.getImage(reference).inspect())))
}

/** @throws Refusal `conflict` while a container is made of it. */
export async function removeImage(stack: DockerStack, image: ImageId): Promise<void> {
  const { docker, ask } = stack.engine
  const tag = tagOf(stack, image)
  try {
    await ask(null, (abortSignal) => unlessAbsent(docker.getImage(tag).remove({ abortSignal })))
  } catch (error) {
    throw statusOf(error) === 409 ? new ImageInUse(image, wordsOf(error)) : error
  }
}

/** By owner, as the tags say. */
export async function listImages(stack: DockerStack): Promise<Map<number, ImageId[]>> {
  const { docker, ask } = stack.engine
  const repository = repositoryOf(stack)
  const all = await ask(null, (abortSignal) => docker.listImages({ filters: { reference: [repository] }, abortSignal }))
  const found = new Map<number, ImageId[]>()
  for (const tag of all.flatMap(({ RepoTags }) => RepoTags ?? [])) {
    const image = tag.slice(repository.length + 1)
    const owner = Number(/^(\d+)-/.exec(image)?.[1] ?? Number.NaN)
    if (tag.startsWith(`${repository}:`) && !Number.isNaN(owner)) found.set(owner, [...(found.get(owner) ?? []), image])
  }
  return found
}
