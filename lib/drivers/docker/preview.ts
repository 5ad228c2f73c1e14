import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Preview, PreviewRequest, StepIo } from '../driver.ts'
import { findCommit } from '../local/find-commit.ts'
import { openRepository } from '../local/git.ts'
import { endLeft } from '../local/git-process.ts'
import { asRefusal, descriptionBytesMax } from '../local/image.ts'
import { readDeclared } from './declared.ts'
import { areImages, refuseOddities } from './oddities.ts'
import type { DockerStack } from './open.ts'
import { resolve, withReference } from './registry.ts'
import { fromFirst } from './sources.ts'

/** At once, by all processes of Davit together: each may fetch as much as a pull does. */
const looksMax = 4

/** Keeps nothing. An image is fetched for it, as only its files tell; a repository is not built. */
export async function preview(stack: DockerStack, request: PreviewRequest, signal: AbortSignal): Promise<Preview | null> {
  refuseOddities({ ...request, version: null, buildCommand: null })
  signal.throwIfAborted()
  for (let slot = 0; slot < looksMax; slot++) {
    const look = async () => ({ found: areImages(request) ? await lookAtImage(stack, slot, request, signal) : await lookAtRepository(stack, slot, request, signal) })
    const looked = await stack.lookLocks.aloneIfFree(String(slot), look)
    if (looked !== null) return looked.found
  }
  return null
}

async function lookAtImage(stack: DockerStack, slot: number, { sources, ref, owner }: PreviewRequest, signal: AbortSignal): Promise<Preview> {
  const io = unheard(signal)
  return await fromFirst({ sources, ref, version: null }, io, async (source) => {
    const version = await resolve(stack, source, ref, io)
    return await withReference(stack, source, version, io, async (reference) => {
      const holder = { name: `look-${slot}`, owner: owner ?? { id: 0 }, fence: 0 }
      return { version, ...(await readDeclared(stack, reference, holder, io)) }
    })
  })
}

/** Null without a Procfile: what the image's own command is, only its build would tell. */
async function lookAtRepository(stack: DockerStack, slot: number, { sources, ref }: PreviewRequest, signal: AbortSignal): Promise<Preview | null> {
  const cache = join(stack.folder, 'git', `look-${slot}`)
  // One that a killed process left goes first.
  await endLeft(cache)
  await rm(cache, { recursive: true, force: true })
  try {
    const repository = await openRepository(stack, cache, null, signal)
    const version = await findCommit(repository, { sources, ref, version: null }, signal, async () => {})
    const read = async (name: string) => {
      try {
        return await repository.readFile(version, name, descriptionBytesMax, signal)
      } catch (error) {
        throw asRefusal(name, error)
      }
    }
    const procfile = await read('Procfile')
    return procfile === null ? null : { version, procfile, davitYml: await read('davit.yml') }
  } finally {
    await rm(cache, { recursive: true, force: true })
  }
}

/** For what is no step of an operation: nobody reads a log of it, and nobody can take it over. */
function unheard(signal: AbortSignal): StepIo {
  return { signal, line: async () => {}, guard: async () => {}, progress: () => {}, loggedUpTo: async () => 0 }
}
