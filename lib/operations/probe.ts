import { setTimeout as pause } from 'node:timers/promises'

const EVERY_MS = 20
const BOUND_MS = 1000

export interface Felt {
  /** The longest time between two answers, in milliseconds. */
  longestMs: number
  answeredAt: Date
  /** Nobody asked for a part of that time: it may have been shorter. */
  atMost: boolean
  /** Nobody asked between then and the beginning of the probe. What answered at both ends, `answeredAt` being the second, is supposed to have done so all the time. */
  unseenSince?: Date
}

/** Asks again and again, as a client would, and keeps the longest time it had no answer. */
export class Probe {
  readonly #ask: (signal: AbortSignal) => Promise<void>
  readonly #again: () => void
  readonly #end = new AbortController()
  #answeredAt: number
  #unseenSince: number | undefined
  #longestMs: number
  #atMost: boolean
  #silent: boolean
  #closed = false
  readonly #over: Promise<void>

  /** `ask` connects, asks and hangs up; `again` hears of the first answer after a silence. */
  constructor({ answeredAt, longestMs, atMost, unseenSince }: Felt, ask: (signal: AbortSignal) => Promise<void>, again: () => void = () => {}) {
    this.#ask = ask
    this.#again = again
    this.#answeredAt = answeredAt.getTime()
    this.#unseenSince = unseenSince?.getTime()
    this.#silent = this.#answeredAt === this.#unseenSince
    this.#longestMs = longestMs
    this.#atMost = atMost
    this.#over = this.#goOn()
  }

  /** While clients are kept out, an answer to Davit is none; nor was one that nobody watched. */
  keepOut(closed: boolean): void {
    this.#closed = closed
    if (closed) this.#answeredAt = this.#unseenSince ?? this.#answeredAt
  }

  get isSilent(): boolean {
    return this.#silent
  }

  felt(): Felt {
    return { ...(this.#silent ? this.#longest(Date.now()) : { longestMs: this.#longestMs, atMost: this.#atMost }), answeredAt: new Date(this.#answeredAt) }
  }

  async end(): Promise<Felt> {
    this.#end.abort()
    await this.#over
    return this.felt()
  }

  async #goOn(): Promise<void> {
    while (!this.#end.signal.aborted) {
      const next = performance.now() + EVERY_MS
      await this.#once()
      await pause(Math.max(0, next - performance.now()), undefined, { signal: this.#end.signal }).catch(() => {})
    }
  }

  async #once(): Promise<void> {
    const bound = AbortSignal.any([this.#end.signal, AbortSignal.timeout(BOUND_MS)])
    const answered = await this.#ask(bound).then(() => !this.#closed, () => false)
    if (this.#end.signal.aborted) return
    if (answered) {
      const now = Date.now()
      const { longestMs, atMost } = this.#longest(now)
      this.#longestMs = longestMs
      this.#atMost = atMost
      this.#answeredAt = now
      this.#unseenSince = undefined
    }
    if (answered !== this.#silent) return
    this.#silent = !answered
    if (answered) this.#again()
  }

  /** With the time since the last answer. */
  #longest(now: number): Pick<Felt, 'longestMs' | 'atMost'> {
    const ms = now - this.#answeredAt
    return ms > this.#longestMs ? { longestMs: ms, atMost: this.#answeredAt === this.#unseenSince } : { longestMs: this.#longestMs, atMost: this.#atMost }
  }
}
