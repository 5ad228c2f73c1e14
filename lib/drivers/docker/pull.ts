import type { PulledImage, PullRequest, StepIo } from '../driver.ts'
import { say } from '../say.ts'
import type { Source } from '../sources.ts'
import { inTurn } from '../turn.ts'
import { buildImage } from './build.ts'
import { readDeclared } from './declared.ts'
import { removeBuildsOf } from './clear-build.ts'
import { remove } from './end.ts'
import { within } from './engine.ts'
import { imageId, lookUpImage, removeImage, repositoryOf, tagOf } from './image.ts'
import type { DockerStack } from './open.ts'
import { areImages, refuseOddities } from './oddities.ts'
import { fromRegistry, refuseForeign, resolve, withReference } from './registry.ts'

export async function pull(stack: DockerStack, request: PullRequest, io: StepIo): Promise<PulledImage> {
  await refuseOddities(stack, request)
  return await inTurn(stack, request, io, async () => {
    io.signal.throwIfAborted()
    await io.guard()
    // Whatever holds that name was left by a runner that has lost the operation.
    await remove(stack, request.name, io)
    await removeBuildsOf(stack, request.owner.id, io)
    return areImages(request) ? await fetchImage(stack, request, io) : await buildImage(stack, request, io)
  })
}

async function fetchImage(stack: DockerStack, request: PullRequest, io: StepIo): Promise<PulledImage> {
  const { version } = request
  if (version !== null && (await lookUpImage(stack, imageId(request, version), io)) !== null) return await pulled(stack, request, version, false, io)
  return await fromRegistry(request, io, async (source, where) => {
    const digest = await resolve(stack, source, version ?? request.ref, io)
    if ((await lookUpImage(stack, imageId(request, digest), io)) !== null) {
      await say(io, `The image ${digest} is there already.`)
      return await pulled(stack, request, digest, false, io)
    }
    await have(stack, source, request, digest, io)
    await say(io, `Fetched ${version ?? request.ref} from ${where}: ${digest}`)
    try {
      return await pulled(stack, request, digest, true, io)
    } catch (error) {
      await io.guard()
      await removeImage(stack, imageId(request, digest))
      throw error
    }
  })
}

/** Under our own tag alone. */
async function have(stack: DockerStack, source: Source, request: PullRequest, digest: string, io: StepIo): Promise<void> {
  const { docker, ask, change } = stack.engine
  await withReference(stack, source, digest, io, async (reference) => {
    const { Architecture } = await ask(io, (limit) => within(limit, docker.getImage(reference).inspect()))
    await refuseForeign(stack, [Architecture], io)
    await change(io, (abortSignal) => docker.getImage(reference).tag({ repo: repositoryOf(stack), tag: imageId(request, digest), abortSignal }))
  })
}

async function pulled(stack: DockerStack, request: PullRequest, version: string, made: boolean, io: StepIo): Promise<PulledImage> {
  const id = imageId(request, version)
  return { id, version, made, ...(await readDeclared(stack, tagOf(stack, id), request, io)) }
}
