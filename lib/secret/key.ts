import { hkdfSync, randomBytes } from 'node:crypto'
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { config } from '../config.ts'

const keyBytes = 32
let known: Buffer | undefined

/** The key that everything sealed at rest depends on: DAVIT_SECRET_KEY, or a file made once. */
export function installationKey(): Buffer {
  known ??= config.secretKey === undefined ? keyFromFile() : decode(config.secretKey, 'DAVIT_SECRET_KEY')
  return known
}

/** A key for one purpose, so that none is used for two. */
export function derivedKey(purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', installationKey(), Buffer.alloc(0), `davit ${purpose}`, keyBytes))
}

const keyPath = () => join(config.dataPath, 'secret-key')

/** Whether there is one already: whoever only checks what is sealed must not make another. */
export const isKeyThere = () => config.secretKey !== undefined || existsSync(keyPath())

function keyFromFile(): Buffer {
  const path = keyPath()
  const kept = readKey(path)
  if (kept) return kept
  mkdirSync(config.dataPath, { recursive: true })
  const draft = `${path}.${process.pid}`
  writeFileSync(draft, randomBytes(keyBytes).toString('base64'), { mode: 0o600 })
  try {
    // link() refuses an existing name: of two processes that start at once, one key wins and is whole.
    linkSync(draft, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(draft)
  }
  return decode(readFileSync(path, 'utf8'), path)
}

function readKey(path: string): Buffer | null {
  try {
    return decode(readFileSync(path, 'utf8'), path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

function decode(text: string, name: string): Buffer {
  const key = Buffer.from(text.trim(), 'base64')
  if (key.length !== keyBytes) throw new Error(`${name} must be 32 bytes in base64, for example from: openssl rand -base64 32`)
  return key
}
