import { percentile } from './figure.ts'

const rounds = 100
const warmUps = 10
/** What is slow is known after fewer rounds, and what is slower still after none: the whole bench is to take twelve minutes. */
const patienceMs = 4000
const roundsMin = 10
const endMs = 10_000

/** What one read took; null: nothing is known of it. */
export type Read = { figure: string; p50: number | null; p95: number | null; gaveUp: string | null }

/** Repeats a read and tells at once what it took. One that fails, or takes too long, is given up by its name. */
export async function measureRead(figure: string, read: (round: number) => Promise<unknown>): Promise<void> {
  const times: number[] = []
  const began = performance.now()
  let gaveUp: string | null = null
  try {
    for (let round = -warmUps; round < rounds; round++) {
      const from = performance.now()
      await read(Math.abs(round))
      if (round >= 0) times.push(performance.now() - from)
      const past = performance.now() - began
      if (times.length >= roundsMin && past > patienceMs) break
      if (past > endMs) throw new Error(`${warmUps + round + 1} reads took ${Math.round(past)} ms`)
    }
  } catch (error) {
    gaveUp = (error as Error).message
  }
  const known = gaveUp === null || times.length >= roundsMin
  const told: Read = { figure, p50: known ? percentile(times, 0.5) : null, p95: known ? percentile(times, 0.95) : null, gaveUp }
  await new Promise<void>((resolve, reject) => process.send!(told, (error: Error | null) => (error ? reject(error) : resolve())))
}
