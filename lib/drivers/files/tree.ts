import { constants, type BigIntStats } from 'node:fs'
import { lstat, mkdir, open, readdir, rm, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * A folder that is held open, so that what is reached through it lies in it: whoever else may write to the
 * tree can put a link where a folder was, and we are root.
 */
export class Folder {
  readonly #handle: FileHandle
  readonly #path: string

  private constructor(handle: FileHandle, path: string) {
    this.#handle = handle
    this.#path = path
  }

  static async open(path: string): Promise<Folder> {
    return new Folder(await open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW), path)
  }

  /** Null where there is no folder of that name. */
  async lookUp(name: string): Promise<Folder | null> {
    try {
      return await Folder.open(this.path(name))
    } catch (error) {
      if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? '')) return null
      throw error
    }
  }

  /** A folder of that name in place of whatever else is there. */
  async make(name: string, uid: number | null, mode: number): Promise<Folder> {
    let folder = await this.lookUp(name)
    if (folder === null) {
      await rm(this.path(name), { force: true })
      await mkdir(this.path(name), { mode: 0o700 })
      folder = await Folder.open(this.path(name))
    }
    const found = await folder.handle.stat()
    if (uid !== null && found.uid !== uid) await folder.handle.chown(uid, uid)
    if ((found.mode & 0o777) !== mode) await folder.handle.chmod(mode)
    return folder
  }

  names(): Promise<string[]> {
    return readdir(this.path('.'))
  }

  /** Null where there is nothing of that name. */
  async stat(name: string): Promise<BigIntStats | null> {
    try {
      return await lstat(this.path(name), { bigint: true })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
      throw error
    }
  }

  get handle(): FileHandle {
    return this.#handle
  }

  /** To something in it; its last part is not to be followed. */
  path(name: string): string {
    return join(process.platform === 'linux' ? `/proc/self/fd/${this.#handle.fd}` : this.#path, name)
  }

  close(): Promise<void> {
    return this.#handle.close()
  }
}

/** Held open for as long as it is used. */
export async function within<Result>(folder: Folder, use: (folder: Folder) => Promise<Result>): Promise<Result> {
  try {
    return await use(folder)
  } finally {
    await folder.close()
  }
}
