import { constants } from 'node:fs'
import { open, rename } from 'node:fs/promises'
import { Folder, within } from './tree.ts'

/** A whole file in place of what was there, on disk when this is over; one that holds the same is left as it is. The path is one that `isFilePath` knows. */
export async function writeFile(root: string, path: string, text: string, uid: number | null): Promise<void> {
  const parts = path.split('/')
  const last = parts.pop() as string
  await within(await folderAt(root, parts, uid), async (folder) => {
    if (await holds(folder, last, text, uid)) return
    const draft = `.${last}.davit`
    const file = await open(folder.path(draft), constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW, 0o600)
    try {
      if (uid !== null) await file.chown(uid, uid)
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(folder.path(draft), folder.path(last))
    await folder.handle.sync()
  })
}

/** What cannot be read is replaced. */
async function holds(folder: Folder, name: string, text: string, uid: number | null): Promise<boolean> {
  const file = await open(folder.path(name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(() => null)
  if (file === null) return false
  try {
    const found = await file.stat()
    if (!found.isFile() || found.size !== Buffer.byteLength(text) || (uid !== null && found.uid !== uid)) return false
    return (await file.readFile('utf8')) === text
  } finally {
    await file.close()
  }
}

async function folderAt(root: string, parts: string[], uid: number | null): Promise<Folder> {
  let folder = await Folder.open(root)
  for (const part of parts) folder = await within(folder, () => folder.make(part, uid, 0o700))
  return folder
}
