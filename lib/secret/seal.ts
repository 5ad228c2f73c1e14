import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { derivedKey } from './key.ts'

const version = 'v1'
const ivBytes = 12
const tagBytes = 16

/** AES-256-GCM: `v1:` and base64 of iv, tag and ciphertext. */
export function seal(text: string): string {
  const iv = randomBytes(ivBytes)
  const cipher = createCipheriv('aes-256-gcm', derivedKey('seal'), iv)
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return `${version}:${Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64')}`
}

/** Throws when it was sealed under another key, or changed. */
export function unseal(sealed: string): string {
  if (!sealed.startsWith(`${version}:`)) throw new Error('this was not sealed by Davit')
  const bytes = Buffer.from(sealed.slice(version.length + 1), 'base64')
  const decipher = createDecipheriv('aes-256-gcm', derivedKey('seal'), bytes.subarray(0, ivBytes))
  decipher.setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes))
  return Buffer.concat([decipher.update(bytes.subarray(ivBytes + tagBytes)), decipher.final()]).toString('utf8')
}
