import type { Container } from './spec.ts'

const BACK_OFF_SECONDS_MAX = 300
/**
 * Of one that was refused: a start costs little then, and what stands in its way, such as a disk that is away, may be
 * mended at any time by somebody who looks on. Its refusals count up to here, so that it waits no longer either when it dies soon after.
 */
const REFUSED_IN_A_ROW_MAX = 6
/** One that stayed up this long begins its back-off anew. */
const STAYED_UP_SECONDS = 600

type Past = Pick<Container, 'startRefusal' | 'startedAt' | 'restartsInARow'>

/** How long after a start, or after its refusal, the next one waits. */
export function nextStart(past: Past, at: Date, { refused }: { refused: boolean }): Pick<Container, 'restartsInARow' | 'nextStartAt'> {
  const restartsInARow = inARow(past, at, refused)
  const most = refused ? 2 ** (REFUSED_IN_A_ROW_MAX - 1) : BACK_OFF_SECONDS_MAX
  return { restartsInARow, nextStartAt: new Date(at.getTime() + Math.min(most, 2 ** (restartsInARow - 1)) * 1000) }
}

function inARow({ startRefusal, startedAt, restartsInARow: former }: Past, at: Date, refused: boolean): number {
  // It has not been up since, and the start that is tried again has been counted.
  if (startRefusal !== null && !refused) return former
  if (startRefusal === null && startedAt !== null && at.getTime() - startedAt.getTime() > STAYED_UP_SECONDS * 1000) return 1
  return refused ? Math.max(former, Math.min(former + 1, REFUSED_IN_A_ROW_MAX)) : former + 1
}
