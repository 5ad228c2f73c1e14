import { createHash, randomInt, timingSafeEqual } from 'node:crypto'
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { config } from '../config.ts'

const path = () => join(config.dataPath, 'setup-code')
const hashOf = (code: string) => createHash('sha256').update(code.toUpperCase().replace(/[^A-Z0-9]/g, '')).digest('hex')

// Without the letters and digits that people mistake for one another.
const alphabet = 'ABCDEFGHJKMNPQRSTUVWXYZ23456789'

/** Replaces the code of an earlier start; only its hash is kept. Print what it returns, once. */
export async function generateSetupCode(): Promise<string> {
  const code = Array.from({ length: 16 }, () => alphabet[randomInt(alphabet.length)]).join('')
  await mkdir(config.dataPath, { recursive: true })
  await writeFile(path(), hashOf(code), { mode: 0o600 })
  await chmod(path(), 0o600)
  return code.replace(/(.{4})(?=.)/g, '$1-')
}

export async function checkSetupCode(code: string): Promise<boolean> {
  const kept = await readFile(path(), 'utf8').catch(() => null)
  if (kept === null) return false
  return timingSafeEqual(Buffer.from(hashOf(code), 'hex'), Buffer.from(kept.trim().padEnd(64, '0').slice(0, 64), 'hex'))
}

export async function removeSetupCode(): Promise<void> {
  await rm(path(), { force: true })
}
