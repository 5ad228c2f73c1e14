import { setTimeout as pause } from 'node:timers/promises'
import { config } from '#lib/config.ts'
import { startEmbeddedPostgres, stopEmbeddedPostgres } from '#lib/db/embedded-server.ts'
import { awaitEnd, identify, sendSignal } from '#lib/drivers/machine/process.ts'
import type { Fleet, RunnerProcess } from './fleet.ts'
import type { Chance } from './random.ts'
import { postgresPid } from './house.ts'
import type { World } from './world.ts'

type Disturbance = 'kill -9' | 'pause' | 'SIGTERM' | 'postgres fast' | 'postgres immediate' | 'kill a container'

const weights: Record<Disturbance, number> = { 'kill -9': 5, pause: 3, SIGTERM: 2, 'postgres fast': 2, 'postgres immediate': 2, 'kill a container': 2 }

export interface Disturbances {
  counts: Record<string, number>
  /** When Postgres was away, and a little longer: [from, to] by performance.now(). */
  outages: [number, number][]
  /** When containers were killed. */
  killedAt: Date[]
  done: Promise<void>
}

/** Accidents at random moments until the signal aborts; whoever sleeps is woken then. */
export function startDisturbances(world: World, fleet: Fleet, chance: Chance, say: (text: string) => void, stopped: AbortSignal): Disturbances {
  const found: Disturbances = { counts: {}, outages: [], killedAt: [], done: Promise.resolve() }
  const sleeping: Promise<void>[] = []
  async function disturb() {
    while (!stopped.aborted) {
      await pause(chance.between(700, 3500), undefined, { signal: stopped }).catch(() => {})
      if (stopped.aborted) break
      const what = chance.weighted<string>({ ...weights, ...world.ground.accidents }) as Disturbance
      const napMs = Math.round(config.leaseSeconds * chance.between(30, 250) * 10)
      found.counts[what] = (found.counts[what] ?? 0) + 1
      if (what === 'postgres fast' || what === 'postgres immediate') await restartPostgres(what === 'postgres fast', found, say)
      else if (what === 'kill a container') await killContainer(world, chance, found, say)
      else if (what in world.ground.accidents) await world.ground.cause(what, chance, say)
      else {
        const awake = fleet.live().filter((runner) => !runner.stopped)
        if (awake.length > 0) sleeping.push(disturbRunner(fleet, chance.oneOf(awake), what, napMs, say, stopped))
      }
    }
    await Promise.all(sleeping)
  }
  found.done = disturb()
  return found
}

async function disturbRunner(fleet: Fleet, runner: RunnerProcess, what: 'kill -9' | 'pause' | 'SIGTERM', napMs: number, say: (text: string) => void, stopped: AbortSignal) {
  say(`${what}: ${runner.name} (pid ${runner.pid})${what === 'pause' ? ` for ${napMs} ms` : ''}`)
  if (what !== 'pause') {
    runner.doneToIt = what
    if (what === 'kill -9') fleet.killedAt.set(runner.pid, performance.now())
    runner.child.kill(what === 'kill -9' ? 'SIGKILL' : 'SIGTERM')
    return
  }
  runner.doneToIt ??= 'a pause'
  runner.stopped = true
  runner.child.kill('SIGSTOP')
  await pause(napMs, undefined, { signal: stopped }).catch(() => {})
  runner.child.kill('SIGCONT')
  runner.stopped = false
}

async function restartPostgres(fast: boolean, found: Disturbances, say: (text: string) => void) {
  const from = performance.now()
  const pid = await postgresPid()
  const identity = identify(pid)
  if (fast) await stopEmbeddedPostgres(config.dataPath)
  else {
    sendSignal(pid, 'SIGQUIT')
    await awaitEnd(identity!, 30_000)
  }
  await startEmbeddedPostgres(config.dataPath)
  // After an outage a runner wants a whole lease of contact before it calls another dead.
  found.outages.push([from, performance.now() + config.leaseSeconds * 1000])
  say(`restarted postgres (${fast ? 'fast' : 'immediate'}) in ${Math.round(performance.now() - from)} ms`)
}

async function killContainer(world: World, chance: Chance, found: Disturbances, say: (text: string) => void) {
  const running = (await world.victims()).toSorted()
  if (running.length === 0) return
  const victim = chance.oneOf(running)
  found.killedAt.push(new Date())
  if (await world.ground.kill(victim)) say(`kill a container: ${victim}`)
}
