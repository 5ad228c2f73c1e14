import { constants } from 'node:fs'
import { open, rename } from 'node:fs/promises'
import { Folder, within } from './tree.ts'

/** A whole file in place of what was there, on disk when this is over. The path is one that `isFilePath` knows. */
export async function writeFile(root: string, path: string, text: string, uid: number | null): Promise<void> {
  const parts = path.split('/')
  const last = parts.pop() as string
  await within(await folderAt(root, parts, uid), async (folder) => {
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

async function folderAt(root: string, parts: string[], uid: number | null): Promise<Folder> {
  let folder = await Folder.open(root)
  for (const part of parts) folder = await within(folder, () => folder.make(part, uid, 0o700))
  return folder
}
