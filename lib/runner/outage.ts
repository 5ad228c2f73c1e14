import { setTimeout as pause } from 'node:timers/promises'

/** The operation has another owner; whoever holds this error must not act for it any more. */
export class StaleFence extends Error {
  constructor(operationId: number) {
    super(`operation ${operationId} has another owner`)
    this.name = 'StaleFence'
  }
}

const CONNECTION_LOST = new Set([
  'CONNECTION_CLOSED',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
  'CONNECT_TIMEOUT',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOENT',
  '57P01',
  '57P02',
  '57P03',
  '53300',
])

/** The db is away, or the connection to it broke: whether the statement took effect is not known. */
export function isOutage(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code
  if (typeof code === 'string' && (CONNECTION_LOST.has(code) || code.startsWith('08'))) return true
  const cause = (error as { cause?: unknown } | null)?.cause
  return cause ? isOutage(cause) : false
}

/** A fence that the database refused: SQLSTATE DV001 from the trigger on `steps`. */
export function isStale(error: unknown): boolean {
  if (error instanceof StaleFence || (error as { code?: unknown } | null)?.code === 'DV001') return true
  const cause = (error as { cause?: unknown } | null)?.cause
  return cause ? isStale(cause) : false
}

/**
 * Repeats work whose answer was lost until it is answered. The work must be safe to repeat. An outage
 * of the db pauses an operation; it never fails one.
 */
export async function throughOutages<T>(work: () => Promise<T>, goOn: () => boolean): Promise<T> {
  for (let delayMs = 20; ; delayMs = Math.min(delayMs * 2, 500)) {
    try {
      return await work()
    } catch (error) {
      if (!isOutage(error) || !goOn()) throw error
    }
    await pause(delayMs)
  }
}
