import { createHmac, timingSafeEqual } from 'node:crypto'
import type { reports } from '#drizzle/schema/report.ts'
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

/** What is kept of a report besides its CSV, which has a seal of its own, and a digest of its chunks as they are stored. */
type KeptRecord = Omit<typeof reports.$inferSelect, 'id' | 'recordSealBefore' | 'recordSeal'> & { digest: string }

/** After the seal of whatever report was kept before it in this installation, so that none can be taken away unnoticed. */
export function sealOfRecord(before: string, record: KeptRecord): string {
  const { operationId, environmentId, environmentHandle, week, part, since, until } = record
  const { rows, failures, rollbacks, bytes, compressedBytes, sealBefore, seal, madeAt, digest } = record
  const sealed = [before, operationId, environmentId, environmentHandle, week, part, since, until, rows, failures, rollbacks, bytes, compressedBytes, sealBefore, seal, madeAt, digest]
  return createHmac('sha256', sealKey()).update(`record ${JSON.stringify(sealed)}`).digest('hex')
}

export function sealsEqual(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)]
  return a.length === b.length && timingSafeEqual(a, b)
}
