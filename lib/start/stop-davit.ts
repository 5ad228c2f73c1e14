import { createInterface } from 'node:readline/promises'
import { config } from '../config.ts'
import { embeddedPostgresRuns, stopEmbeddedPostgres } from '../db/embedded-server.ts'
import { Refusal } from '../refusal.ts'
import { endRunner, runnerSeconds } from './lost-runner.ts'
import { lookUpProcess, stopProcess } from './processes.ts'
import { endSupervised } from './supervise.ts'

const webSeconds = 10
/** The start command ends the web and the runner before itself. */
const startSeconds = runnerSeconds + webSeconds
const routerSeconds = 20

/**
 * Ends everything of this data folder: runner, web, apps, router, Postgres, in this order, so that nothing that
 * still runs misses what it needs. Data stays.
 * @throws Refusal `invalid` when nobody confirms.
 */
export async function stopDavit({ confirmed }: { confirmed: boolean }): Promise<void> {
  const before = await lookAround()
  if (await nothingRuns(before)) {
    console.log(`Nothing of Davit runs here, so there is nothing to stop.${before.containers === null ? ' Whether apps run cannot be told without the db; they are found again when Davit starts.' : ''}`)
    return
  }
  say(before)
  if (!confirmed) await confirm()
  await stopProcess('start', startSeconds)
  await Promise.all([endSupervised('web', webSeconds), endRunner()])
  if (before.containers !== null) await stopApps()
  if (await stopProcess('router', routerSeconds)) console.error('The router had to be killed.')
  if (!config.databaseUrl) await stopEmbeddedPostgres(config.dataPath)
  const goOn = before.elsewhere === 0 ? '' : ' Containers of Docker stacks go on with their engines.'
  console.log(`Everything of Davit has ended.${goOn} Its data is kept; npm start goes on.`)
}

interface Around {
  processes: string[]
  /** Null when the db does not answer, so nobody can tell. */
  containers: string[] | null
  /** Stacks whose containers are not ours to end. */
  elsewhere: number
  operations: number
}

async function lookAround(): Promise<Around> {
  const processes = (['start', 'web', 'runner', 'router'] as const).filter((name) => lookUpProcess(name))
  try {
    const [{ listRunningContainers }, { countOpenOperations, listStacksToStop }] = await lateImports()
    const containers = await listRunningContainers()
    const elsewhere = (await listStacksToStop()).filter(({ driver }) => driver !== 'local').length
    return { processes, containers: containers.map(({ name }) => name), elsewhere, operations: await countOpenOperations() }
  } catch {
    return { processes, containers: null, elsewhere: 0, operations: 0 }
  }
}

/** Apps are never ended without the db, so where it does not run either nothing is left to stop. */
async function nothingRuns({ processes, containers }: Around) {
  if (processes.length > 0 || (containers ?? []).length > 0) return false
  return Boolean(config.databaseUrl) || !(await embeddedPostgresRuns(config.dataPath))
}

/** Imported late: they connect to the db as soon as they are, and the db may be gone. */
const lateImports = () => Promise.all([import('./containers.ts'), import('./queries.ts'), import('../db/client.ts')])

function say({ processes, containers, elsewhere, operations }: Around) {
  console.log(`Running: ${processes.join(', ') || 'no process of Davit'}.`)
  if (containers === null) console.log('The db does not answer, so it is not known which apps run. They are left alone; they are found again when Davit starts.')
  else console.log(containers.length === 0 ? `No app runs${elsewhere === 0 ? '' : ' on a local stack'}.` : `${containers.length} containers run and will stop:\n  ${containers.join('\n  ')}`)
  if (operations > 0) console.log(`${operations} operations have not ended; they go on when Davit starts again.`)
}

async function confirm() {
  if (!process.stdin.isTTY) throw new Refusal('invalid', 'Nothing was stopped: say --yes where nobody can be asked (npm stop -- --yes).')
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  const answer = await terminal.question('Stop all of it? [y/N] ')
  terminal.close()
  if (!/^y(es)?$/i.test(answer.trim())) throw new Refusal('invalid', 'Nothing was stopped.')
}

async function stopApps() {
  const [{ detachVolumes, listRunningContainers, stopContainers }, , { sql }] = await lateImports()
  try {
    for (const problem of await stopContainers(await listRunningContainers())) console.error(`Could not be stopped: ${problem}`)
    for (const problem of await detachVolumes()) console.error(`A volume stays attached. ${problem}`)
  } catch (error) {
    console.error(`The apps were not stopped: ${(error as Error).message}`)
  } finally {
    await sql.end({ timeout: 5 })
  }
}
