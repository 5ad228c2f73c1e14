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

/** The db is away, or the connection to it broke: whether the statement took effect is not known. */
export function isOutage(error: unknown): boolean {
  return someCause(error, (one) => {
    if (typeof one.code !== 'string') return false
    return AWAY.has(one.code) || one.code.startsWith('08') || (UNREACHABLE.has(one.code) && 'query' in one)
  })
}

/** Whether the error, or whatever it was caused by, is such a one. */
export function someCause(error: unknown, test: (one: { code?: unknown }) => boolean): boolean {
  for (let one = error as { code?: unknown; cause?: unknown } | null; one && typeof one === 'object'; one = one.cause as typeof one) {
    if (test(one)) return true
  }
  return false
}
