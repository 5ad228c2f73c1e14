import { setTimeout as pause } from 'node:timers/promises'
import type Docker from 'dockerode'
import { Refusal } from '../../refusal.ts'
import type { StepIo } from '../driver.ts'
import { heard, openAbsences, type Telling } from './absence.ts'
import { openClient } from './client.ts'

/** How long one answer of the engine may take; what takes longer by nature is a stream, or waited for. */
const answerLimitMs = 60_000
/** From when on a step's log says that an answer is missing. */
const silentLimitMs = 5000
/** How long an answer is waited for that nobody wants any more: what was asked is better known to be done than left open. */
const unwantedLimitMs = 5000
/** How long a call outside of a step waits for an engine that is away; a step waits until its own limit. */
const patienceMs = 10_000
/** Short absences, as when its socket is replaced, are not worth a line. */
const quietMs = 300
const pauseMaxMs = 5000

/** An engine, with what every call to it needs. */
export interface Engine {
  docker: Docker
  /**
   * Asks the engine, again and again while it is away: safe for what may be asked twice. With `io` until
   * the step's signal aborts, with a line in its log, also while it has errors of its own; without, for ten seconds.
   * @throws Refusal `unavailable` when the engine stays away; else whatever it answers.
   */
  ask<Result>(io: Waiting | null, question: Question<Result>, asking?: Asking): Promise<Result>
  /** As `ask`, for what changes something: the guard is read right before each try. */
  change<Result>(io: Waiting & Pick<StepIo, 'guard'>, question: Question<Result>, asking?: Asking): Promise<Result>
}

type Question<Result> = (limit: AbortSignal) => Promise<Result>

interface Asking {
  /** Its answer may be long in coming without anything being wrong, and has a limit of its own. */
  takesLong?: boolean
}

interface Guarded extends Asking {
  /** Before each try. */
  first?: () => Promise<void>
}

export type Waiting = Pick<StepIo, 'signal' | 'line'>

/** Of what it is asked, each answer may take `answerMs`, and is told to be missing after `silentMs`. */
export function openEngine(socketPath: string, { answerMs = answerLimitMs, silentMs = silentLimitMs } = {}): Engine {
  const docker = openClient(socketPath)
  const tellingIn = openAbsences()
  async function ask<Result>(io: Waiting | null, question: Question<Result>, asking: Guarded = {}): Promise<Result> {
    const telling = tellingIn(io)
    try {
      return await askTelling(telling, io, question, asking)
    } finally {
      telling.leave()
    }
  }
  async function askTelling<Result>(telling: Telling, io: Waiting | null, question: Question<Result>, { takesLong = false, first = async () => {} }: Guarded): Promise<Result> {
    const since = performance.now()
    const tellSilence = () => void telling.away(`The engine at ${socketPath} has not answered for ${silentMs / 1000} s`).catch(() => {})
    for (let wait = 50; ; wait = Math.min(wait * 2, pauseMaxMs)) {
      io?.signal.throwIfAborted()
      const limit = answerLimit(answerMs, io?.signal ?? null)
      try {
        await onOurSide(first())
        // Meanwhile shorter answers say whether it is there.
        if (takesLong) telling.leave()
        const answer = await (takesLong ? question(limit.signal) : heard(() => question(limit.signal), silentMs, tellSilence))
        await onOurSide(telling.back())
        return answer
      } catch (error) {
        io?.signal.throwIfAborted()
        if (error instanceof OurSide) throw error.cause
        if (['EACCES', 'EPERM'].includes((error as { code?: string }).code ?? '')) {
          throw new Refusal('unavailable', mayNotOpen(socketPath))
        }
        const away = isAway(error)
        if (!away && !isInternal(error)) {
          await telling.back()
          throw error
        }
        const words = limit.signal.aborted ? `nothing within ${answerMs / 1000} s` : wordsOf(error)
        const waitedMs = performance.now() - since
        if (io === null && waitedMs >= (away ? patienceMs : 0)) throw new Refusal('unavailable', `The engine at ${socketPath} ${away ? 'does not answer' : 'could not do it'}: ${words}.`)
        if (waitedMs >= quietMs) await telling.away(`The engine at ${socketPath} ${away ? 'does not answer' : 'has an error of its own'} (${words})`)
        await pause(wait, undefined, { signal: io?.signal }).catch(() => {})
      } finally {
        limit.end()
      }
    }
  }
  return { docker, ask, change: (io, question, asking) => ask(io, question, { ...asking, first: () => io.guard() }) }
}

/** Until an answer has taken too long, or has been awaited for long enough by whoever was told to leave. */
function answerLimit(answerMs: number, unwanted: AbortSignal | null): { signal: AbortSignal; end(): void } {
  const leaving = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const leave = () => (timer = setTimeout(() => leaving.abort(), unwantedLimitMs))
  unwanted?.addEventListener('abort', leave, { once: true })
  return {
    signal: AbortSignal.any([AbortSignal.timeout(answerMs), leaving.signal]),
    end() {
      unwanted?.removeEventListener('abort', leave)
      clearTimeout(timer)
    },
  }
}

/** A failure of the log or of the guard in the middle of a question, which must not be taken for one of the engine. */
class OurSide extends Error {}

export async function onOurSide<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work
  } catch (error) {
    throw new OurSide('it failed on our side', { cause: error })
  }
}

/** Where the socket is somebody else's. */
export const mayNotOpen = (socketPath: string) => `Davit may not open ${socketPath}; run it as root or as a member of the group that the socket belongs to.`

/** The engine's own words, without what the client puts before them. */
export function wordsOf(error: unknown): string {
  const { json, message, code } = error as { json?: { message?: string } | null; message?: string; code?: string }
  return (json?.message ?? message ?? code ?? 'no reason given').replace(/^\(HTTP code \d+\) [^-]+- /, '').trim().replace(/[.\s]+$/, '')
}

export function statusOf(error: unknown): number | null {
  return (error as { statusCode?: number }).statusCode ?? null
}

/** Null for "no such thing"; every other error stands. */
export async function unlessAbsent<Result>(answer: Promise<Result>): Promise<Result | null> {
  try {
    return await answer
  } catch (error) {
    if (statusOf(error) === 404) return null
    throw error
  }
}

/** For a question that the client cannot break off: its answer is not waited for, whenever it comes. */
export async function within<Result>(limit: AbortSignal, answer: Promise<Result>): Promise<Result> {
  const over = new Promise<never>((_, reject) => limit.addEventListener('abort', () => reject(limit.reason), { once: true }))
  return await Promise.race([answer, over])
}

/** What an engine says of its own parts while it comes or goes, whatever it was asked for. */
export function isInterrupted(words: string): boolean {
  return /dial unix|context canceled|daemon is shutting down/i.test(words)
}

/** Nobody at the socket, or somebody who went away in mid-sentence or says nothing. */
export function isAway(error: unknown): boolean {
  const { code, name } = error as { code?: string; name?: string }
  return ['ECONNREFUSED', 'ENOENT', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT'].includes(code ?? '') || name === 'TimeoutError' || name === 'AbortError' || [502, 503, 504].includes(statusOf(error) ?? 0) || (statusOf(error) === 500 && isInterrupted(wordsOf(error)))
}

/** For a stream that ends before its time, which an engine that goes away may do without an error. */
export function brokenOff(what: string): Error {
  return Object.assign(new Error(`it went away in the middle of a ${what}`), { code: 'ECONNRESET' })
}

/** Of a start that the engine was cut off from: it finds something of it again, and can neither use it nor tell what it did. */
export const isCutOff = (error: unknown) => /^task [0-9a-f]+: already exists/.test(wordsOf(error))

/** What no waiting mends, though the engine calls it an error of its own. */
const final = /no space left|disk quota|OCI runtime|executable file not found|address pool|Pool overlaps|Address already in use|no such image/i

function isInternal(error: unknown): boolean {
  return statusOf(error) === 500 && !final.test(wordsOf(error)) && !isCutOff(error)
}
