import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto'
import { promisify } from 'node:util'

const derive = promisify(scrypt) as (password: string, salt: Buffer, bytes: number, options: ScryptOptions) => Promise<Buffer>

// OWASP's first choice for scrypt: 128 MB and about a third of a second for each guess.
const cost = { N: 2 ** 17, r: 8, p: 1 }
const memoryMax = 256 * 1024 * 1024
const keyBytes = 32

/** `scrypt$N$r$p$salt$key`: the numbers are kept with it, so that they can be raised later. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const key = await derive(password.normalize('NFKC'), salt, keyBytes, { ...cost, maxmem: memoryMax })
  return ['scrypt', cost.N, cost.r, cost.p, salt.toString('base64'), key.toString('base64')].join('$')
}

/** Takes as long for an unknown user (null) as for a wrong password. */
export async function verifyPassword(password: string, hash: string | null): Promise<boolean> {
  const [scheme, N, r, p, salt, key] = (hash ?? absent).split('$')
  if (scheme !== 'scrypt' || !salt || !key) throw new Error('a password hash in the db is not one of ours')
  const expected = Buffer.from(key, 'base64')
  const options = { N: Number(N), r: Number(r), p: Number(p), maxmem: memoryMax }
  const given = await derive(password.normalize('NFKC'), Buffer.from(salt, 'base64'), expected.length, options)
  return timingSafeEqual(given, expected) && hash !== null
}

const absent = ['scrypt', cost.N, cost.r, cost.p, Buffer.alloc(16).toString('base64'), Buffer.alloc(keyBytes).toString('base64')].join('$')
