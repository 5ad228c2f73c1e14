import { config } from '../config.ts'
import { derivedKey } from '../secret/key.ts'

export const secure = config.url.startsWith('https:')
export const sessionCookie = secure ? '__Secure-davit.session' : 'davit.session'
/** Made on demand: a build must not need the installation's key. */
export const sessionSecret = () => derivedKey('sessions').toString('base64')
