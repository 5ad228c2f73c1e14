import type { ContainerName } from '../driver.ts'
import { endNote, listNotes, lookUpNote } from './build-note.ts'
import { removeNetwork } from './end.ts'
import { statusOf, unlessAbsent, type Waiting } from './engine.ts'
import { filtersOf, label } from './labels.ts'
import type { DockerStack } from './open.ts'

/** What the engine made for a build, and for its last try only: containers on its network, and images that came to nothing. */
export async function removeBuild(stack: DockerStack, name: ContainerName, io: Waiting | null): Promise<void> {
  const note = lookUpNote(stack, name)
  if (note === null) return
  const { docker, ask } = stack.engine
  const filters = filtersOf(stack.realm, `${label.build}=${name}`)
  const networks = await ask(io, (abortSignal) => docker.listNetworks({ filters, abortSignal }))
  for (const { Id } of networks) await removeNetwork(stack, Id, io)
  await removeUnfinished(stack, note.layers, io)
  endNote(stack, name)
}

/** Those of an owner, while nobody builds for it. */
export async function removeBuildsOf(stack: DockerStack, owner: number, io: Waiting | null): Promise<void> {
  for (const note of listNotes(stack)) if (note.owner === owner) await removeBuild(stack, note.name, io)
}

/** With what stands on them: one may have been made that nobody lived to note. Never what has a name, or what a named one stands on. */
async function removeUnfinished({ engine: { docker, ask } }: DockerStack, layers: string[], io: Waiting | null): Promise<void> {
  if (layers.length === 0) return
  const unnamed = (await ask(io, (abortSignal) => docker.listImages({ all: true, abortSignal }))).filter(({ RepoTags, RepoDigests }) => isUnnamed(RepoTags) && isUnnamed(RepoDigests))
  const own = unnamed.filter(({ Id }) => layers.some((layer) => Id.startsWith(`sha256:${layer}`)))
  for (const { Id } of own) own.push(...unnamed.filter((image) => image.ParentId === Id && !own.includes(image)))
  for (const { Id } of own.toReversed()) {
    try {
      await ask(io, (abortSignal) => unlessAbsent(docker.getImage(Id).remove({ abortSignal })))
    } catch (error) {
      // Another stands on it, or a container does.
      if (statusOf(error) !== 409) throw error
    }
  }
}

/** The engine says "<none>" for a name there is not. */
const isUnnamed = (names: string[] | null | undefined) => (names ?? []).every((name) => name.startsWith('<none>'))
