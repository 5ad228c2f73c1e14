import { constants, type BigIntStats } from 'node:fs'
import { lchown, open, readlink, rm, symlink, type FileHandle } from 'node:fs/promises'
import type { Copied } from '../volumes.ts'
import { isBelow } from '../paths.ts'
import { Folder, within } from './tree.ts'

interface Copying {
  only?: string[]
  except: string[]
  uid: number | null
  /** A file that looks the same, and was changed last before then, is the same; null: none is. In nanoseconds. */
  sameBeforeNs: bigint | null
  copied: Copied
  /** Before each change. */
  changing(): Promise<void>
}

/** Read at once; and what is written of it when it differs. Both bound the memory a copy takes. */
const chunkBytes = 1024 ** 2
const blockBytes = 128 * 1024
/** The times of files can be set this exactly. */
const timeStepNs = 2000n
/** The clocks of files tick in milliseconds, and a file that was changed and read in the same one looks unchanged. */
const racyNs = 2_000_000_000n

/** For `sameBeforeNs`, after a copy of the same that was finished and began then. */
export function unchangedBefore(earlier: { atMs: number } | null): bigint | null {
  return earlier && BigInt(earlier.atMs) * 1_000_000n - racyNs
}

/** What vanishes or shrinks meanwhile is as if it had never been more. */
export async function copyTree(from: Folder, to: Folder, copying: Copying, at = ''): Promise<void> {
  const { only, except } = copying
  const there = new Set<string>()
  for (const name of await from.names()) {
    const path = at === '' ? name : `${at}/${name}`
    if (isBelow(path, except) || !leadsTo(path, only)) continue
    if (await copyEntry(from, to, name, path, copying)) there.add(name)
  }
  if (only !== undefined) return
  for (const name of await to.names()) {
    if (!there.has(name)) await removeEntry(to, name, at === '' ? name : `${at}/${name}`, copying)
  }
}

const leadsTo = (path: string, only: string[] | undefined) => only === undefined || isBelow(path, only) || only.some((one) => isBelow(one, [path]))

/** False: there is nothing of it to copy. */
async function copyEntry(from: Folder, to: Folder, name: string, path: string, copying: Copying): Promise<boolean> {
  const found = await from.stat(name)
  if (found?.isFile()) return await copyFile(from, to, name, copying)
  if (found?.isSymbolicLink()) return await copyLink(from, to, name, copying)
  const source = found?.isDirectory() ? await from.lookUp(name) : null
  if (source === null) return false
  await within(source, async () => {
    await copying.changing()
    const { mode } = await source.handle.stat()
    await within(await to.make(name, copying.uid, mode & 0o777), (target) => copyTree(source, target, copying, path))
  })
  return true
}

async function copyLink(from: Folder, to: Folder, name: string, { uid, changing }: Copying): Promise<boolean> {
  const leads = await readlink(from.path(name)).catch(() => null)
  if (leads === null) return false
  if ((await readlink(to.path(name)).catch(() => null)) === leads) return true
  await changing()
  await rm(to.path(name), { recursive: true, force: true })
  await symlink(leads, to.path(name))
  if (uid !== null) await lchown(to.path(name), uid, uid)
  return true
}

async function copyFile(from: Folder, to: Folder, name: string, copying: Copying): Promise<boolean> {
  // A pipe that somebody puts there is not waited for.
  const source = await open(from.path(name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(unlessGone)
  if (source === null) return false
  try {
    const found = await source.stat({ bigint: true })
    if (!found.isFile()) return false
    const there = await to.stat(name)
    if (there?.isFile() && isSame(found, there, copying.sameBeforeNs)) return true
    await copying.changing()
    if (there !== null && !there.isFile()) await rm(to.path(name), { recursive: true, force: true })
    const target = await open(to.path(name), constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600)
    try {
      const written = await copyContent(source, target, there?.isFile() ? Number(there.size) : null, copying)
      if (written !== null) copying.copied.files += 1
      copying.copied.bytes += written ?? 0
      if (copying.uid !== null) await target.chown(copying.uid, copying.uid)
      await target.chmod(Number(found.mode) & 0o777)
      await target.utimes(Number(found.atimeNs) / 1e9, Number(found.mtimeNs) / 1e9)
    } finally {
      await target.close()
    }
    return true
  } finally {
    await source.close()
  }
}

function isSame(found: BigIntStats, there: BigIntStats, beforeNs: bigint | null): boolean {
  const apart = found.mtimeNs - there.mtimeNs
  return beforeNs !== null && found.size === there.size && found.mtimeNs < beforeNs && apart < timeStepNs && -apart < timeStepNs
}

/** The bytes that had to be written; null when nothing of the file differs. */
async function copyContent(source: FileHandle, target: FileHandle, thereBytes: number | null, { changing }: Copying): Promise<number | null> {
  const chunk = Buffer.allocUnsafe(chunkBytes)
  const other = thereBytes ? Buffer.allocUnsafe(chunkBytes) : null
  let position = 0
  let written = 0
  for (;;) {
    const { bytesRead } = await source.read(chunk, 0, chunkBytes, position)
    if (bytesRead === 0) break
    const known = other && position < thereBytes! ? (await target.read(other, 0, bytesRead, position)).bytesRead : 0
    await changing()
    for (let at = 0; at < bytesRead; at += blockBytes) {
      const end = Math.min(at + blockBytes, bytesRead)
      if (end <= known && chunk.subarray(at, end).equals(other!.subarray(at, end))) continue
      await writeAll(target, chunk.subarray(at, end), position + at)
      written += end - at
    }
    position += bytesRead
  }
  if (thereBytes !== null && thereBytes > position) await target.truncate(position)
  return written === 0 && thereBytes === position ? null : written
}

async function writeAll(target: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) done += (await target.write(bytes, done, bytes.length - done, position + done)).bytesWritten
}

/** All of it, but for what is to be left as it is. */
async function removeEntry(to: Folder, name: string, path: string, copying: Copying): Promise<void> {
  if (isBelow(path, copying.except)) return
  await copying.changing()
  const folder = copying.except.some((one) => isBelow(one, [path])) ? await to.lookUp(name) : null
  if (folder === null) return await rm(to.path(name), { recursive: true, force: true })
  await within(folder, async () => {
    for (const inside of await folder.names()) await removeEntry(folder, inside, `${path}/${inside}`, copying)
  })
}

/** Null: nothing of that name, or a link. */
function unlessGone(error: NodeJS.ErrnoException): null {
  if (['ENOENT', 'ELOOP', 'ENXIO'].includes(error.code ?? '')) return null
  throw error
}
