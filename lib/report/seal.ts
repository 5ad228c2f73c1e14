import { createHmac, timingSafeEqual } from 'node:crypto'
import { derivedKey } from '../secret/key.ts'

let key: Buffer | undefined
const sealKey = () => (key ??= derivedKey('activity reports'))

/** Stands for the seal before an environment's first report, so that no chain can be passed off as another's. */
export function sealOfNone(environmentId: number): string {
  return createHmac('sha256', sealKey()).update(`environment ${environmentId}`).digest('hex')
}

/** HMAC-SHA256 over the seal of the report before it, as hexadecimal text, and the bytes of the CSV. */
export function beginSeal(sealBefore: string) {
  const hmac = createHmac('sha256', sealKey()).update(sealBefore)
  return {
    update: (csv: Buffer) => void hmac.update(csv),
    finish: () => hmac.digest('hex'),
  }
}

export function sealsEqual(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)]
  return a.length === b.length && timingSafeEqual(a, b)
}
