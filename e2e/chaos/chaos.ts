import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { prepareDatabase } from '#lib/start/database.ts'
import { type Check, checkJournal, checkRunners } from './checks.ts'
import { startDeeds } from './deeds.ts'
import { startDisturbances } from './disturbances.ts'
import { type Fleet, startFleet, untilLive } from './fleet.ts'
import type { Ground } from './ground.ts'
import { closeHouse, openHouse } from './house.ts'
import { startObserver } from './observer.ts'
import { untilSettled } from './perform.ts'
import { chanceFrom } from './random.ts'
import { printReport } from './report.ts'
import { takeDown } from './take-down.ts'
import { untilTidy } from './tidy.ts'
import type { Failed, World } from './world.ts'

const runnersCount = 3

interface Options {
  seconds: number
  seed: number
  folder: string
  /** Opens the place where it all happens, once the database is there. */
  openGround(folder: string): Ground | Promise<Ground>
  /** Puts there what is worked on, once runners are live. */
  openWorld(ground: Ground): Promise<World>
  /** What else it takes to run it again. */
  flags: string
  keep: boolean
  quiet: boolean
}

/** Resolves with the exit code, after everything that was started has ended. */
export async function runChaos(options: Options): Promise<number> {
  const began = performance.now()
  const say = (text: string) => {
    const line = `${((performance.now() - began) / 1000).toFixed(1).padStart(6)}  ${text}`
    appendFileSync(join(options.folder, 'chaos.log'), `${line}\n`)
    if (!options.quiet) console.log(line)
  }
  console.log(`chaos: ${options.seconds} s, seed ${options.seed} (npm run chaos -- --seconds ${options.seconds} --seed ${options.seed}${options.flags})`)
  const interrupted = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupted.abort(new Error(`ended by ${signal}`)))
  process.on('unhandledRejection', (error) => interrupted.abort(error))
  const house: House = {}
  let checks: Check[] = []
  try {
    const cut = new Promise<never>((_, reject) => interrupted.signal.addEventListener('abort', () => reject(interrupted.signal.reason)))
    checks = await Promise.race([cut, carryOut(options, say, house)])
  } catch (error) {
    console.error(error)
    checks = [{ name: 'the run itself', problems: [String(error)] }]
  }
  const failed = checks.filter(({ problems }) => problems.length > 0).length
  await house.fleet?.end()
  await house.world?.close()
  await house.ground?.close()
  await closeHouse(options.folder, options.keep)
  console.log(`\nseed ${options.seed}${options.keep ? `; everything is kept in ${options.folder}` : ''}`)
  console.log(`${checks.length - failed} passed, ${failed} failed`)
  return failed === 0 ? 0 : 1
}

interface House {
  ground?: Ground
  fleet?: Fleet
  world?: World
}

async function carryOut({ seed, seconds, flags, folder, openGround, openWorld }: Options, say: (text: string) => void, house: House): Promise<Check[]> {
  const names = chanceFrom(seed, 'names')
  await prepareDatabase()
  await openHouse()
  const ground = (house.ground = await openGround(folder))
  const fleet = (house.fleet = startFleet(runnersCount, say, () => names.happens(0.5)))
  await untilLive(fleet, runnersCount)
  const world = (house.world = await openWorld(ground))
  say('all is up and in use')

  const working = AbortSignal.timeout(seconds * 1000)
  const disturbances = startDisturbances(world, fleet, chanceFrom(seed, 'accidents'), say, working)
  const deeds = startDeeds(world, { work: chanceFrom(seed, 'work'), cancels: chanceFrom(seed, 'cancels') }, say, working)
  const watching = new AbortController()
  const observed = startObserver(fleet, disturbances, watching.signal)
  await Promise.all([disturbances.done, deeds.done, Promise.race([observed.done, pause(seconds * 1000)])])

  say('settling')
  await untilLive(fleet, runnersCount)
  await untilSettled()
  const tidied = await untilTidy(world.check)
  const used = await world.checkUse()
  const endured = await takeDown(world, say)
  const concluded = await world.conclude()
  watching.abort()
  await observed.done
  const mayFail = (failed: Failed) => world.mayFail(failed, disturbances.killedAt)
  const checks = [...used, ...concluded, ...tidied, ...endured, ...(await checkJournal(deeds, mayFail)), ...checkRunners(fleet, observed)]
  await printReport({ run: { seconds, seed, flags }, world, deeds, disturbances, observed, checks })
  return checks
}
