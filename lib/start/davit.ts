import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { config } from '../config.ts'
import { Refusal } from '../refusal.ts'
import { buildWeb } from './build.ts'
import { checkConfig, checkPort } from './checks.ts'
import { prepareDatabase, watchDatabase } from './database.ts'
import { endRunner, killLostRunner } from './lost-runner.ts'
import { forgetProcess, lastLines, lookUpProcess, recordProcess } from './processes.ts'
import { lookUpRouter, startRouter, watchRouter } from './router.ts'
import { endSupervised, supervise } from './supervise.ts'

const webSeconds = 10
const readySeconds = 60

/** What is started beside Postgres and the router, as arguments to Node. */
export interface Parts {
  build: () => Promise<void>
  web: string[]
  runner: string[]
}

const parts: Parts = {
  build: buildWeb,
  web: [join(import.meta.dirname, 'web.ts')],
  runner: [join(import.meta.dirname, '../runner/main.ts')],
}

/** Starts what does not run, adopts what does, and stays until it is told to stop. */
export async function startDavit({ build, web, runner } = parts): Promise<void> {
  const stopping = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopping.abort())
  await prepare()
  await build()
  await prepareDatabase()
  const router = await startRouter()
  if (router.port !== config.routerPort || router.host !== config.routerHost)
    console.log(`The router that runs already takes requests on ${router.host}:${router.port}; npm stop ends it, and the next start uses ${config.routerHost}:${config.routerPort}.`)
  const kept = [
    supervise('web', web, stopping.signal),
    supervise('runner', runner, stopping.signal),
    killLostRunner(stopping.signal),
    watchRouter(stopping.signal),
    watchDatabase(stopping.signal),
  ]
  await untilReady(stopping.signal)
  if (!stopping.signal.aborted) await greet()
  await Promise.all([stopped(stopping.signal), ...kept])
}

async function prepare() {
  checkConfig()
  mkdirSync(config.dataPath, { recursive: true })
  // Others may pass through to what is theirs, and list nothing.
  chmodSync(config.dataPath, 0o711)
  const other = lookUpProcess('start')
  if (other) throw new Refusal('conflict', `Davit runs already (pid ${other.pid}) at ${config.url}.`)
  recordProcess('start', process.pid)
  // What a start that was killed left behind: both are started afresh.
  await Promise.all([endSupervised('web', webSeconds), endRunner()])
  await checkPort(config.host, config.port, 'DAVIT_PORT', 'for the dashboard')
  if (!(await lookUpRouter())) await checkPort(config.routerHost, config.routerPort, 'DAVIT_ROUTER_PORT', 'for the apps')
}

/** Any answer will do: the page about a database that does not answer is better than none. */
async function untilReady(stopped: AbortSignal) {
  const deadline = performance.now() + readySeconds * 1000
  const address = `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${config.port}/api/health`
  while (!stopped.aborted) {
    if (await fetch(address).then(() => true, () => false)) return
    if (performance.now() > deadline) return console.error(`The web does not answer yet. Its last lines:\n${lastLines('web')}`)
    await delay(100, undefined, { signal: stopped }).catch(() => {})
  }
}

async function greet() {
  console.log(`\nDavit is ready: ${config.url}`)
  if (config.url.startsWith('https:') && config.trustedProxies.rules.length === 0)
    console.log('Name the proxy in front of it in DAVIT_TRUSTED_PROXIES (127.0.0.1 when it runs here): until then everybody who signs in counts as one address.')
  const code = await setupCode()
  if (code) console.log(`It has no owner yet. To become it, enter this setup code there: ${code}`)
  console.log('Ctrl-C stops Davit; apps, the router and the database go on running. npm stop ends all of it.')
}

/** Imported late: these modules connect to a database that was not there when this process began. */
async function setupCode() {
  const [{ hasOwner }, { generateSetupCode }] = await Promise.all([import('../auth/sessions.ts'), import('../auth/setup-code.ts')])
  return (await hasOwner()) ? null : await generateSetupCode()
}

async function stopped(stopping: AbortSignal) {
  if (!stopping.aborted) await new Promise((resolve) => stopping.addEventListener('abort', resolve))
  console.log('\nStopping the web and the runner; what is under way is handed over or waited for.')
  await Promise.all([endSupervised('web', webSeconds), endRunner()])
  forgetProcess('start')
  console.log('Stopped. Apps, the router and the database go on running; npm start takes up the work, npm stop ends them too.')
}
