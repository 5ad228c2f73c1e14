import type { Preview, PreviewRequest, StepIo } from '../driver.ts'
import { declaredBy } from '../git/declared.ts'
import { findCommit } from '../git/find-commit.ts'
import { openRepository } from '../git/repository.ts'
import { inScratch } from '../git/scratch.ts'
import { inSlot } from '../look.ts'
import { areImages, refuseOddities } from './oddities.ts'
import type { DockerStack } from './open.ts'
import { describe, fromRegistry, refuseForeign } from './registry.ts'

/** Keeps nothing: a registry is asked for a manifest, a repository for files. */
export async function preview(stack: DockerStack, request: PreviewRequest, signal: AbortSignal): Promise<Preview | null> {
  await refuseOddities(stack, { ...request, version: null, buildCommand: null })
  signal.throwIfAborted()
  const look = areImages(request) ? lookAtImage : lookAtRepository
  return await inSlot(stack.lookLocks, (slot) => look(stack, slot, request, signal))
}

async function lookAtImage(stack: DockerStack, _slot: number, { sources, ref }: PreviewRequest, signal: AbortSignal): Promise<Preview> {
  const io = unheard(signal)
  return await fromRegistry({ sources, ref, version: null }, io, async (source) => {
    const { digest, architectures } = await describe(stack, source, ref, io)
    await refuseForeign(stack, architectures, io)
    return { version: digest, declared: null }
  })
}

async function lookAtRepository(stack: DockerStack, slot: number, { sources, ref }: PreviewRequest, signal: AbortSignal): Promise<Preview> {
  return await inScratch(stack.git, slot, async (cache) => {
    const repository = await openRepository(stack.git, cache, signal)
    const version = await findCommit(repository, { sources, ref, version: null }, signal, async () => {})
    const { procfile, davitYml } = await declaredBy(repository, version, signal)
    // Without a Procfile the image's own command counts, which only its build would tell.
    return { version, declared: procfile === null ? null : { procfile, davitYml } }
  })
}

/** For what is no step of an operation: nobody reads a log of it, and nobody can take it over. */
function unheard(signal: AbortSignal): StepIo {
  return { signal, line: async () => {}, guard: async () => {}, progress: () => {}, loggedUpTo: async () => 0 }
}
