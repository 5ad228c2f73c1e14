import { execFile } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Refusal } from '../../refusal.ts'
import type { PulledImage, PullRequest, StepIo } from '../driver.ts'
import { changeOwner } from './commands.ts'
import { remove } from './end.ts'
import { findCommit, refuseOddities } from '../git/find-commit.ts'
import { declaredIn } from '../git/declared.ts'
import { cachePath } from '../git/open.ts'
import { openRepository, type Repository } from '../git/repository.ts'
import { beginImage, finishImage, imageId, imagePath, lookUpImage, removeImage, withProcfile } from './image.ts'
import { nameLimitMs } from '../machine/lock.ts'
import { say } from '../say.ts'
import { inTurn } from '../turn.ts'
import type { Local } from './open.ts'
import { pullPrograms } from './programs.ts'
import { follow } from './run-once.ts'
import { run as runContainer } from './make.ts'

export async function pull(local: Local, request: PullRequest, io: StepIo): Promise<PulledImage> {
  if (request.programs) return await pullPrograms(local, request.programs, request, io)
  refuseOddities(request)
  const there = request.version === null ? null : lookUpImage(local, imageId(request, request.version))
  if (there !== null) return { ...there, made: false }
  return await inTurn(local, request, io, async () => {
    io.signal.throwIfAborted()
    await io.guard()
    // Whatever holds that name was left by a runner that has lost the operation.
    await remove(local, { name: request.name })
    io.progress(`fetching ${request.version ?? request.ref}`)
    const repository = await openRepository(local.git, cachePath(local, request.owner.id), io.signal)
    const commit = await findCommit(repository, request, io.signal, (text) => say(io, text))
    const id = imageId(request, commit)
    const made = lookUpImage(local, id)
    if (made !== null) {
      await say(io, `The image of ${commit.slice(0, 10)} is there already.`)
      return { ...made, made: false }
    }
    await io.guard()
    return await make(local, request, repository, commit, io)
  })
}

async function make(local: Local, request: PullRequest, repository: Repository, commit: string, io: StepIo): Promise<PulledImage> {
  const id = imageId(request, commit)
  const tree = join(local.folder, imagePath(id))
  await removeImage(local, id)
  beginImage(local, request.owner.id, id)
  try {
    mkdirSync(tree, { mode: 0o755 })
    await repository.checkOut(commit, tree, io.signal)
    const description = withProcfile(declaredIn(tree))
    const uid = await local.uidOf(String(request.owner.id))
    if (uid !== null) await runOwn(changeOwner(tree, uid))
    if (request.buildCommand !== null) await build(local, request, id, request.buildCommand, io)
    closeTree(tree, local.isolation.namespaces)
    await io.guard()
    const image = { id, version: commit, ...description }
    finishImage(local, request.owner.id, image)
    return { ...image, made: true }
  } catch (error) {
    await io.guard()
    await removeImage(local, id)
    throw error
  }
}

async function build(local: Local, request: PullRequest, image: string, command: string, io: StepIo): Promise<void> {
  const { name, owner, variables, fence } = request
  await say(io, `Building with ${command}`)
  io.progress('building')
  const spec = { name, owner, image, place: 'local', command, variables, port: false, fence }
  const record = await local.nameLocks.alone(name, nameLimitMs, () => runContainer(local, spec, { image: imagePath(image), kind: 'build', portBefore: null, volume: null }))
  try {
    const code = await follow(local, record, io, { from: 0, spares: () => false })
    if (code !== 0) throw new Refusal('invalid', `The build command ended with exit code ${code}; its output is in the log.`)
  } finally {
    await io.guard()
    await remove(local, { name })
  }
}

/** Containers see the tree through a mount of their own, so that by its path nobody but root gets in any more. */
function closeTree(tree: string, mounted: boolean): void {
  if (mounted) chownSync(tree, 0, 0)
  chmodSync(tree, 0o700)
}

async function runOwn([program, ...args]: [string, ...string[]]): Promise<void> {
  await promisify(execFile)(program, args, { timeout: 5 * 60_000 })
}
