import { createHash } from 'node:crypto'
import { chmod, lstat, mkdir, open, readFile, rename } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Refusal } from '../refusal.ts'
import type { EndpointCounters } from './table.ts'
import { RouterTable } from './table.ts'

/** sockaddr_un holds 108 bytes with the closing zero. */
const socketPathBytesMax = 107

/** Where the router of a data folder listens for its table. */
export function controlSocket(dataPath: string): string {
  const inside = join(dataPath, 'router', 'control.sock')
  if (Buffer.byteLength(inside) <= socketPathBytesMax) return inside
  const hash = createHash('sha256').update(dataPath).digest('hex').slice(0, 16)
  return join(tmpdir(), `davit-router-${hash}`, 'control.sock')
}

/** Folders of mode 0700 that are ours: whoever may write there commands the router. */
export async function prepareFolders(dataPath: string): Promise<void> {
  await mkdir(dataPath, { recursive: true })
  for (const path of new Set([join(dataPath, 'router'), dirname(controlSocket(dataPath))])) {
    await mkdir(path, { recursive: true, mode: 0o700 })
    const found = await lstat(path)
    if (!found.isDirectory() || found.uid !== (process.getuid?.() ?? found.uid)) throw new Refusal('unavailable', `${path} belongs to somebody else`)
    await chmod(path, 0o700)
  }
}

/** The last table, or none; a file that cannot be read is put aside and told, never guessed at. */
export async function readTable(dataPath: string): Promise<RouterTable | null> {
  const file = join(dataPath, 'router', 'table.json')
  const parsed = RouterTable.safeParse(await readJson(file))
  if (parsed.success) return parsed.data
  await rename(file, `${file}.unreadable`).then(
    () => console.error(`The router's table could not be read and lies in ${file}.unreadable; it starts empty.`),
    () => {},
  )
  return null
}

export async function readCounters(dataPath: string): Promise<Record<string, EndpointCounters>> {
  return ((await readJson(join(dataPath, 'router', 'counters.json'))) ?? {}) as Record<string, EndpointCounters>
}

export const keepTable = (dataPath: string, table: RouterTable) => writeWhole(join(dataPath, 'router', 'table.json'), table)
export const keepCounters = (dataPath: string, counters: Record<number, EndpointCounters>) => writeWhole(join(dataPath, 'router', 'counters.json'), counters)

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch {
    return null
  }
}

/** The file is the old one or the new one, also after a power cut. */
async function writeWhole(file: string, content: unknown) {
  const partial = `${file}.partial`
  const handle = await open(partial, 'w', 0o600)
  try {
    await handle.writeFile(JSON.stringify(content))
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(partial, file)
  const folder = await open(dirname(file), 'r')
  await folder.sync().finally(() => folder.close())
}
