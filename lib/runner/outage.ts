import { setTimeout as pause } from 'node:timers/promises'

/** The operation has another owner; whoever holds this error must not act for it any more. */
export class StaleFence extends Error {
  constructor(operationId: number) {
    super(`operation ${operationId} has another owner`)
    this.name = 'StaleFence'
  }
}

/** Said by postgres.js of a connection, and by Postgres of itself. 53100 is a full disk: the journal waits for room. */
const AWAY = new Set([
  'CONNECTION_CLOSED',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
  'CONNECT_TIMEOUT',
  '25P03',
  '53100',
  '53300',
  '57P01',
  '57P02',
  '57P03',
  '57P05',
])

/** Said by the system; of a connection to the db only when postgres.js has put its query beside it. */
const UNREACHABLE = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOENT', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'EAI_AGAIN', 'ENOTFOUND'])

/** Postgres chose this transaction to give way: nothing of it took effect. */
const GAVE_WAY = new Set(['40P01', '40001'])

/** The db is away, or the connection to it broke: whether the statement took effect is not known. */
export function isOutage(error: unknown): boolean {
  return someCause(error, (one) => {
    if (typeof one.code !== 'string') return false
    return AWAY.has(one.code) || one.code.startsWith('08') || (UNREACHABLE.has(one.code) && 'query' in one)
  })
}

function gaveWay(error: unknown): boolean {
  return someCause(error, (one) => GAVE_WAY.has(one.code as string))
}

function someCause(error: unknown, test: (one: { code?: unknown }) => boolean): boolean {
  for (let one = error as { code?: unknown; cause?: unknown } | null; one && typeof one === 'object'; one = one.cause as typeof one) {
    if (test(one)) return true
  }
  return false
}

/** A fence that the database refused: SQLSTATE DV001 from the trigger on `steps`. */
export function isStale(error: unknown): boolean {
  return someCause(error, (one) => one instanceof StaleFence || one.code === 'DV001')
}

/**
 * Repeats work whose answer was lost, or that gave way to another, until it is answered. The work must be
 * safe to repeat. An outage of the db pauses an operation; it never fails one.
 */
export async function throughOutages<T>(work: () => Promise<T>, goOn: () => boolean): Promise<T> {
  for (let delayMs = 20; ; delayMs = Math.min(delayMs * 2, 500)) {
    try {
      return await work()
    } catch (error) {
      if (!(isOutage(error) || gaveWay(error)) || !goOn()) throw error
    }
    await pause(delayMs)
  }
}
