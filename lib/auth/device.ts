import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { derivedKey } from '../secret/key.ts'
import { secure } from './session-cookie.ts'

export const deviceCookie = secure ? '__Secure-davit.device' : 'davit.device'
export const deviceDays = 400

/**
 * Given to a browser that has signed in, so that its tries are counted apart from those of strangers who guess at the same
 * e-mail: they cannot lock its owner out. It opens nothing.
 */
export function deviceToken(email: string): string {
  const id = randomBytes(16).toString('base64url')
  return `${id}.${sealOf(id, email)}`
}

/** The id in a token that was given to who signed in as that e-mail, or null. */
export function lookUpDevice(token: string, email: string): string | null {
  const [id = '', seal = ''] = token.split('.')
  const [given, expected] = [Buffer.from(seal), Buffer.from(sealOf(id, email))]
  return given.length === expected.length && timingSafeEqual(given, expected) ? id : null
}

const sealOf = (id: string, email: string) => createHmac('sha256', derivedKey('devices')).update(`${id}\n${email}`).digest('base64url')
