import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

// The web asks git, too. Bundled into it, this file has no folder of its own; every process of Davit runs in the root.
const drivers = join(import.meta.dirname ?? join(process.cwd(), 'lib/drivers/machine'), '..')

/**
 * Copied to where every uid may read it. A shell reads its script bit by bit, so a running one is never
 * overwritten: another content is another name.
 */
export function install(room: 'git' | 'local', name: string, folder: string): string {
  const text = readFileSync(join(drivers, room, name))
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 12)
  const path = join(folder, `${digest}-${name}`)
  if (existsSync(path)) return path
  const draft = `${path}.${process.pid}`
  writeFileSync(draft, text, { mode: 0o755 })
  chmodSync(draft, 0o755)
  renameSync(draft, path)
  return path
}

/** Other uids may pass through to what is theirs, and list nothing. */
export function makePassable(path: string): void {
  mkdirSync(path, { recursive: true })
  chmodSync(path, 0o711)
}
