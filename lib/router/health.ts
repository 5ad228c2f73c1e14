import { request } from 'node:http'
import type { Upstream } from './upstream.ts'

const everySeconds = 1
const answerSeconds = 5
/** With hundreds of containers the checks are spread, so that they never eat the time of requests. */
const checksPerSecondMax = 200
/** One slow answer under load is no illness; a refused connection is, at once. */
const failuresUntilOut = 2

/** Goes on checking every container in the table by its endpoint's rules. */
export class HealthChecks {
  readonly #timers = new Map<Upstream, NodeJS.Timeout>()
  readonly #failures = new Map<Upstream, number>()

  watch(upstream: Upstream) {
    if (!this.#timers.has(upstream)) this.#schedule(upstream)
  }

  forget(upstream: Upstream) {
    clearTimeout(this.#timers.get(upstream))
    this.#timers.delete(upstream)
    this.#failures.delete(upstream)
  }

  stop() {
    for (const upstream of this.#timers.keys()) this.forget(upstream)
  }

  #schedule(upstream: Upstream) {
    const seconds = Math.max(everySeconds, this.#timers.size / checksPerSecondMax)
    const timer = setTimeout(() => this.#check(upstream), seconds * 1000 * (0.8 + 0.4 * Math.random()))
    this.#timers.set(upstream, timer)
  }

  async #check(upstream: Upstream) {
    const problem = await problemOf(upstream)
    if (!this.#timers.has(upstream)) return
    const failures = problem ? (this.#failures.get(upstream) ?? 0) + 1 : 0
    this.#failures.set(upstream, failures)
    if (!problem) upstream.found(true, 'answers')
    else if (problem.refused || failures >= failuresUntilOut) upstream.found(false, problem.reason)
    this.#schedule(upstream)
  }
}

function problemOf({ host, port, rules }: Upstream): Promise<{ reason: string; refused: boolean } | null> {
  const { promise, resolve } = Promise.withResolvers<{ reason: string; refused: boolean } | null>()
  const check = request({ host, port, path: rules.path, agent: false, headers: { 'user-agent': 'davit-router', connection: 'close' } })
  const limit = setTimeout(() => check.destroy(new Error(`no answer within ${answerSeconds} s`)), answerSeconds * 1000)
  check.once('response', (response) => {
    const fine = !rules.strict || response.statusCode === 200
    resolve(fine ? null : { reason: `answers ${response.statusCode} to ${rules.path}`, refused: false })
    response.on('error', () => {})
    response.destroy()
  })
  check.on('error', (error: NodeJS.ErrnoException) => resolve({ reason: `check of ${rules.path} failed: ${error.message}`, refused: error.code === 'ECONNREFUSED' }))
  check.once('close', () => clearTimeout(limit))
  check.end()
  return promise
}
