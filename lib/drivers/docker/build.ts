import { existsSync, readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Refusal } from '../../refusal.ts'
import { inSentence } from '../../sentence.ts'
import type { PulledImage, PullRequest, StepIo } from '../driver.ts'
import { declaredIn } from '../git/declared.ts'
import { findCommit } from '../git/find-commit.ts'
import { cachePath } from '../git/open.ts'
import { openRepository, type Repository } from '../git/repository.ts'
import { say } from '../say.ts'
import { beginNote, noteLayer } from './build-note.ts'
import { buildOutput } from './build-output.ts'
import { procfileOf } from './declared.ts'
import { removeBuild } from './clear-build.ts'
import { inTheEnd } from './end.ts'
import { brokenOff, isInterrupted, statusOf, unlessAbsent, within, wordsOf } from './engine.ts'
import { imageId, lookUpImage, removeImage, tagOf } from './image.ts'
import { label } from './labels.ts'
import { readMessages } from './messages.ts'
import { haveNetwork, networkName } from './network.ts'
import type { DockerStack } from './open.ts'
import { loginsOf } from './registries.ts'
import { watchSilence } from './silence.ts'
import { openStream } from './stream.ts'

const addressLimitMs = 30 * 60_000

/**
 * From a git repository with a Dockerfile, by the engine's classic builder. It sees none of the app's
 * variables: what a build is given, the engine keeps in the history of its image.
 */
export async function buildImage(stack: DockerStack, request: PullRequest, io: StepIo): Promise<PulledImage> {
  io.progress(`fetching ${request.version ?? request.ref}`)
  const repository = await openRepository(stack.git, cachePath(stack, request.owner.id), io.signal)
  const commit = await findCommit(repository, request, io.signal, (text) => say(io, text))
  return await inTree(stack, request, repository, commit, io, async (tree) => {
    const id = imageId(request, commit)
    const declared = declaredIn(tree)
    const there = await lookUpImage(stack, id, io)
    if (there !== null) await say(io, `The image of ${commit.slice(0, 10)} is there already.`)
    else await build(stack, request, tree, commit, io)
    try {
      const image = await lookUpImage(stack, id, io)
      if (image === null) throw new Refusal('conflict', `The image ${id} was removed while it was being made.`)
      const procfile = declared.procfile ?? procfileOf(image, 'at the root of the repository')
      return { id, version: commit, made: there === null, procfile, davitYml: declared.davitYml }
    } catch (error) {
      await io.guard()
      if (there === null) await removeImage(stack, id)
      throw error
    }
  })
}

/** The files of a commit, for as long as they are needed. What a dead runner left goes first: the caller is alone. */
async function inTree<Result>(stack: DockerStack, { owner }: PullRequest, repository: Repository, commit: string, io: StepIo, use: (tree: string) => Promise<Result>): Promise<Result> {
  const folder = join(stack.folder, 'git')
  const start = `${owner.id}-tree-`
  for (const left of readdirSync(folder)) if (left.startsWith(start)) await rm(join(folder, left), { recursive: true, force: true })
  const tree = await mkdtemp(join(folder, start))
  try {
    await repository.checkOut(commit, tree, io.signal)
    return await use(tree)
  } finally {
    await rm(tree, { recursive: true, force: true })
  }
}

/** What the engine makes for it hangs on a network of its own or is noted, and so is found also after a runner's death. */
async function build(stack: DockerStack, request: PullRequest, tree: string, commit: string, io: StepIo): Promise<void> {
  if (!existsSync(join(tree, 'Dockerfile'))) throw new Refusal('invalid', 'There is no Dockerfile at the root of the repository. Add one and deploy again.')
  const { name, owner, fence } = request
  await say(io, 'Building by the Dockerfile')
  io.progress('building')
  const own = { [label.owner]: String(owner.id), [label.fence]: String(fence), [label.build]: name }
  beginNote(stack, owner.id, name)
  try {
    const { name: network } = await stack.addressLocks.alone(stack.realm, addressLimitMs, () => haveNetwork(stack, networkName(stack.realm, `build-${name}`), own, io), io.signal)
    await stack.engine.change(io, () => buildOnce(stack, request, { tree, commit, network }, io), { takesLong: true })
  } catch (error) {
    io.signal.throwIfAborted()
    throw error
  } finally {
    // By whoever owns the operation: another runner clears it away before it begins.
    await inTheEnd(io, (waiting) => removeBuild(stack, name, waiting))
  }
}

/** Our leaving is enough for the engine to end a build. */
async function buildOnce(stack: DockerStack, { name, owner, fence }: PullRequest, given: { tree: string; commit: string; network: string }, io: StepIo): Promise<void> {
  const { docker } = stack.engine
  const id = imageId({ owner }, given.commit)
  const labels = { [label.realm]: stack.realm, [label.owner]: String(owner.id), [label.fence]: String(fence), [label.image]: id }
  const options = { t: tagOf(stack, id), labels, networkmode: given.network, rm: true, forcerm: true, registryconfig: loginsOf(stack.registries), ...(await limitsOf(stack, io)) }
  const output = buildOutput(name, io, (layer) => noteLayer(stack, name, layer))
  const silence = watchSilence(stack.engine, Number.POSITIVE_INFINITY, io)
  try {
    const stream = await openStream(io.signal, (abortSignal) => docker.buildImage({ context: given.tree, src: readdirSync(given.tree) }, { ...options, abortSignal }))
    for await (const { stream: text, error } of readMessages(stream)) {
      if (error !== undefined) throw isInterrupted(error) ? brokenOff('build') : refusalOf(error)
      if (text !== undefined) await output.push(text)
    }
    await output.end()
    if ((await unlessAbsent(docker.getImage(tagOf(stack, id)).inspect())) === null) throw brokenOff('build')
  } catch (error) {
    await output.end()
    throw statusOf(error) === 400 ? refusalOf(wordsOf(error)) : error
  } finally {
    silence.end()
  }
}

/** Each command gets half of the memory at most, and of the processor what those that serve leave it. */
async function limitsOf({ engine: { docker, ask } }: DockerStack, io: StepIo) {
  const { MemTotal } = (await ask(io, (limit) => within(limit, docker.info()))) as { MemTotal: number }
  const memory = Math.floor(MemTotal / 2)
  return { memory, memswap: memory, cpushares: 128 }
}

function refusalOf(error: string): Refusal {
  const failed = /^The command '([^]*)' returned a non-zero code: (\d+)$/.exec(error.trim())
  if (failed === null) return new Refusal('invalid', `The image could not be built: ${inSentence(error)}.`)
  return new Refusal('invalid', `The build ended with exit code ${failed[2]} at "${failed[1]}"; its output is in the log.`)
}
