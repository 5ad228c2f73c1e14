import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, chownSync, existsSync, mkdirSync } from 'node:fs'
import { cp, link, mkdir, readdir, readlink, rename, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findPostgresPackage, linkLibraries } from '../../postgres-package.ts'
import { Refusal } from '../../refusal.ts'
import type { ImageId, PulledImage, PullRequest, StepIo } from '../driver.ts'
import { packageOf, versionFor } from '../packaged.ts'
import { say } from '../say.ts'
import { inTurn } from '../turn.ts'
import { beginImage, finishImage, imagePath, lookUpImage, removeImage } from './image.ts'
import type { Local } from './open.ts'

/** What the local driver brings along: programs that no source tree is built into. */
const brought = 'postgresql'

/**
 * An image of programs that came as a package. They are kept by their exact version beside the images, which
 * are links to them: so a database stays with its own when the package is upgraded. Null: nothing of the sort is asked for.
 */
export async function pullPackaged(local: Local, request: PullRequest, io: StepIo): Promise<PulledImage | null> {
  const names = request.sources.map(packageOf).filter((name) => name !== null)
  if (names.length === 0) return null
  if (!names.includes(brought)) throw new Refusal('invalid', `This driver does not bring ${names.join(', ')} along; it brings ${brought}.`)
  const version = versionFor('PostgreSQL', await listVersions(local), request.version ?? request.ref)
  const id = imageIdOf(request.owner.id, version)
  return await inTurn(local, request, io, async () => {
    io.signal.throwIfAborted()
    const image = { id, version, procfile: null, davitYml: null }
    if (lookUpImage(local, id) !== null) return { ...image, made: false }
    await io.guard()
    await removeImage(local, id)
    beginImage(local, request.owner.id, id)
    const tree = join(local.folder, imagePath(id))
    await linkTree(await havePrograms(local, version), tree)
    closeTo(tree, local.isolation.namespaces ? 0 : await local.uidOf(String(request.owner.id)))
    await io.guard()
    finishImage(local, request.owner.id, image)
    await say(io, `Took PostgreSQL ${version}, which Davit brings along.`)
    return { ...image, made: true }
  })
}

function imageIdOf(owner: number, version: string): ImageId {
  const digest = createHash('sha256').update(JSON.stringify([owner, brought, version])).digest('hex')
  return `${brought}-${version.replace(/[^a-z0-9]+/g, '-')}-${digest.slice(0, 16)}`
}

const keptIn = (local: Local) => join(local.folder, 'packages')
const folderOf = (local: Local, version: string) => join(keptIn(local), `${brought}-${version}`)

async function listVersions(local: Local): Promise<string[]> {
  const entries = existsSync(keptIn(local)) ? await readdir(keptIn(local)) : []
  const kept = entries.flatMap((entry) => /^postgresql-([^~]+)$/.exec(entry)?.[1] ?? [])
  return [...new Set([...kept, (await findPostgresPackage()).version])]
}

/** It has its name once it is whole. */
async function havePrograms(local: Local, version: string): Promise<string> {
  const folder = folderOf(local, version)
  if (existsSync(folder)) return folder
  const { native } = await findPostgresPackage()
  await linkLibraries(native)
  const draft = `${folder}~${process.pid}`
  mkdirSync(keptIn(local), { recursive: true, mode: 0o711 })
  await rm(draft, { recursive: true, force: true })
  await cp(native, draft, { recursive: true, verbatimSymlinks: true })
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
