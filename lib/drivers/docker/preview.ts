import type { Preview, PreviewRequest, StepIo } from '../driver.ts'
import { declaredBy } from '../git/declared.ts'
import { findCommit } from '../git/find-commit.ts'
import { openRepository } from '../git/repository.ts'
import { inScratch } from '../git/scratch.ts'
import { inSlot } from '../look.ts'
import { readDeclared } from './declared.ts'
import { areImages, refuseOddities } from './oddities.ts'
import type { DockerStack } from './open.ts'
import { fromRegistry, resolve, withReference } from './registry.ts'

/** Keeps nothing. An image is fetched for it, as only its files tell; a repository is not built. */
export async function preview(stack: DockerStack, request: PreviewRequest, signal: AbortSignal): Promise<Preview | null> {
  await refuseOddities(stack, { ...request, version: null, buildCommand: null })
  signal.throwIfAborted()
  const look = areImages(request) ? lookAtImage : lookAtRepository
  return await inSlot(stack.lookLocks, (slot) => look(stack, slot, request, signal))
}

async function lookAtImage(stack: DockerStack, slot: number, { sources, ref, owner }: PreviewRequest, signal: AbortSignal): Promise<Preview> {
  const io = unheard(signal)
  return await fromRegistry({ sources, ref, version: null }, io, async (source) => {
    const version = await resolve(stack, source, ref, io)
    return await withReference(stack, source, version, io, async (reference) => {
      const holder = { name: `look-${slot}`, owner: owner ?? { id: 0 }, fence: 0 }
      return { version, ...(await readDeclared(stack, reference, holder, io)) }
    })
  })
}

/** Null without a Procfile: what the image's own command is, only its build would tell. */
async function lookAtRepository(stack: DockerStack, slot: number, { sources, ref }: PreviewRequest, signal: AbortSignal): Promise<Preview | null> {
  return await inScratch(stack.git, slot, async (cache) => {
    const repository = await openRepository(stack.git, cache, signal)
    const version = await findCommit(repository, { sources, ref, version: null }, signal, async () => {})
    const { procfile, davitYml } = await declaredBy(repository, version, signal)
    return procfile === null ? null : { version, procfile, davitYml }
  })
}

/** For what is no step of an operation: nobody reads a log of it, and nobody can take it over. */
function unheard(signal: AbortSignal): StepIo {
  return { signal, line: async () => {}, guard: async () => {}, progress: () => {}, loggedUpTo: async () => 0 }
}
