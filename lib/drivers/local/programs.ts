import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, chownSync, existsSync, mkdirSync } from 'node:fs'
import { link, mkdir, readdir, readlink, rename, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { ImageId, Programs, PulledImage, PullRequest, StepIo } from '../driver.ts'
import { versionFor } from '../programs.ts'
import { say } from '../say.ts'
import { inTurn } from '../turn.ts'
import { beginImage, finishImage, imagePath, lookUpImage, removeImage } from './image.ts'
import type { Local } from './open.ts'

/**
 * An image that nothing is built for. Programs are kept by their exact version beside the images, which are links
 * to them: so a database stays with its own when those of the machine are upgraded.
 */
export async function pullPrograms(local: Local, programs: Programs, request: PullRequest, io: StepIo): Promise<PulledImage> {
  const version = versionFor(programs.title, await listVersions(local, programs), request.version ?? request.ref)
  const id = imageIdOf(request.owner.id, programs, version)
  return await inTurn(local, request, io, async () => {
    io.signal.throwIfAborted()
    const image = { id, version, procfile: null, davitYml: null }
    if (lookUpImage(local, id) !== null) return { ...image, made: false }
    await io.guard()
    await removeImage(local, id)
    beginImage(local, request.owner.id, id)
    const tree = join(local.folder, imagePath(id))
    await linkTree(await havePrograms(local, programs, version), tree)
    closeTo(tree, local.isolation.namespaces ? 0 : await local.uidOf(String(request.owner.id)))
    await io.guard()
    finishImage(local, request.owner.id, image)
    await say(io, `Took ${programs.title} ${version} of this machine.`)
    return { ...image, made: true }
  })
}

function imageIdOf(owner: number, { name }: Programs, version: string): ImageId {
  const digest = createHash('sha256').update(JSON.stringify([owner, name, version])).digest('hex')
  return `${name}-${version.replace(/[^a-z0-9]+/g, '-')}-${digest.slice(0, 16)}`
}

const keptIn = (local: Local) => join(local.folder, 'packages')
const folderOf = (local: Local, { name }: Programs, version: string) => join(keptIn(local), `${name}-${version}`)

async function listVersions(local: Local, { name, versions }: Programs): Promise<string[]> {
  const entries = existsSync(keptIn(local)) ? await readdir(keptIn(local)) : []
  const kept = entries.filter((entry) => entry.startsWith(`${name}-`) && !entry.includes('~')).map((entry) => entry.slice(name.length + 1))
  return [...new Set([...kept, ...(await versions())])]
}

/** It has its name once it is whole. */
async function havePrograms(local: Local, programs: Programs, version: string): Promise<string> {
  const folder = folderOf(local, programs, version)
  if (existsSync(folder)) return folder
  const draft = `${folder}~${process.pid}`
  mkdirSync(keptIn(local), { recursive: true, mode: 0o711 })
  await rm(draft, { recursive: true, force: true })
  mkdirSync(draft)
  await programs.put(version, draft)
  await promisify(execFile)('chmod', ['-R', 'u+rwX,go+rX,go-w', draft])
  await rename(draft, folder).catch((error: unknown) => {
    // Another pull has made it meanwhile.
    if (!existsSync(folder)) throw error
  })
  await rm(draft, { recursive: true, force: true })
  return folder
}

async function linkTree(from: string, to: string): Promise<void> {
  await mkdir(to, { mode: 0o755 })
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) await linkTree(source, target)
    else if (entry.isSymbolicLink()) await symlink(await readlink(source), target)
    else await link(source, target)
  }
}

/** As other images are: nobody but its owner gets in by its path. */
function closeTo(tree: string, uid: number | null): void {
  if (uid !== null) chownSync(tree, uid, uid)
  chmodSync(tree, 0o700)
}
