import { rmSync } from 'node:fs'
import { desc, eq } from 'drizzle-orm'
import { operations } from '#drizzle/schema/operation.ts'
import { stacks } from '#drizzle/schema/stack.ts'
import type { Actor } from '#lib/auth/actor.ts'
import { config } from '#lib/config.ts'
import { db, sql } from '#lib/db/client.ts'
import { startEmbeddedPostgres, stopEmbeddedPostgres } from '#lib/db/embedded-server.ts'
import type { Driver } from '#lib/drivers/driver.ts'
import { openDriver } from '#lib/drivers/index.ts'
import { findDefinition } from '#lib/operations/index.ts'
import { type Load, startLoad } from '#lib/router/load.ts'
import { throughOutages } from '#lib/runner/outage.ts'
import { start } from '#lib/runner/start.ts'
import { stopProcess } from '#lib/start/processes.ts'
import { startRouter } from '#lib/start/router.ts'
import type { Ground } from './ground.ts'
import { killEverythingOf } from './processes.ts'
import { answerBytes, type Source } from './source.ts'

export const actor: Actor = { kind: 'user', id: null, name: 'Chaos', email: null, owner: true, scopes: {} }
const setUpSeconds = 120

export interface ChaosApp {
  id: number
  handle: string
  strategy: 'bluegreen' | 'immediate'
  source: Source
  endpointId: number
  host: string
  load: ReturnType<typeof startLoad>
}

export interface World {
  ground: Ground
  environmentId: number
  apps: ChaosApp[]
  driver: Driver
}

/** Everything but the runners, which have to run already: what follows are operations. */
export async function buildWorld(ground: Ground): Promise<World> {
  const stackId = await perform('stack', 'provision', ground.stack)
  const environmentId = await perform('environment', 'provision', { stack: stackId, handle: 'chaos' })
  const apps = await Promise.all(
    ([['alpha', 'bluegreen'], ['beta', 'bluegreen'], ['gamma', 'immediate']] as const).map(([handle, strategy]) => buildApp(environmentId, handle, strategy, ground)),
  )
  const [stack] = await db.select().from(stacks).where(eq(stacks.id, stackId))
  return { ground, environmentId, apps, driver: await openDriver(stack!) }
}

async function buildApp(environment: number, handle: string, strategy: ChaosApp['strategy'], ground: Ground): Promise<ChaosApp> {
  const source = ground.makeSource(handle, { overlap: handle === 'beta' })
  const id = await perform('app', 'provision', { environment, handle, ...source.input })
  await perform('app', 'deploy', { app: id, ref: await source.commit('good') })
  await perform('app', 'scale', { app: id, formation: { web: 2 } })
  const host = `${handle}.chaos.test`
  const endpointId = await perform('endpoint', 'provision', { app: id, service: 'web', host, limitSeconds: 6 })
  return { id, handle, strategy, source, endpointId, host, load: startLoad(loadOn(host)) }
}

/** Paced: this machine has other things to do, and a router at its limit is another test. */
const loadOn = (host: string): Load => ({ port: config.routerPort, host, connections: 4, pauseMs: 15, postEvery: 5, answerBytes, seconds: 600 })

/** Records an operation whatever happens to the db meanwhile; the same key makes that safe. */
export function record(kind: string, type: string, input: object, requestKey: string): Promise<{ id: number }> {
  return throughOutages(() => start(findDefinition(kind, type), input, actor, { requestKey }), () => true)
}

/** Carries one operation out to its good end, and says on which resource it was. */
async function perform(kind: string, type: string, input: object): Promise<number> {
  const { id } = await record(kind, type, input, crypto.randomUUID())
  const row = await untilEnded(id, setUpSeconds)
  if (row.status !== 'succeeded') throw new Error(`${row.title} ended ${row.status}: ${row.error}`)
  return row.resourceId
}

async function untilEnded(id: number, limitSeconds: number) {
  const deadline = AbortSignal.timeout(limitSeconds * 1000)
  for (;;) {
    const [row] = await db.select().from(operations).where(eq(operations.id, id)).orderBy(desc(operations.id))
    if (row?.finishedAt) return row
    await nextChange(deadline)
  }
}

let changed = Promise.withResolvers<void>()
let listening: Promise<unknown> | null = null

/** The next hint that an operation changed; a lost one is made good within half a second. */
export async function nextChange(limit: AbortSignal): Promise<void> {
  limit.throwIfAborted()
  const tell = () => {
    changed.resolve()
    changed = Promise.withResolvers<void>()
  }
  await throughOutages(() => (listening ??= sql.listen('davit_operations', tell).catch((error: unknown) => ((listening = null), Promise.reject(error)))), () => true)
  const timer = setTimeout(tell, 500)
  await changed.promise
  clearTimeout(timer)
}

export async function openHouse(): Promise<void> {
  await startRouter()
}

/** Ends what belongs to this run, in the order in which it depends on each other; then whatever else bears its folder's name. */
export async function closeHouse(folder: string, keep: boolean): Promise<number> {
  await sql.end({ timeout: 2 }).catch(() => {})
  await stopProcess('router', 5)
  await stopEmbeddedPostgres(config.dataPath).catch(() => {})
  const left = await killEverythingOf(folder)
  if (!keep) rmSync(folder, { recursive: true, force: true })
  return left
}

/** The postmaster's pid; starts it when it is away. */
export async function postgresPid(): Promise<number> {
  return (await startEmbeddedPostgres(config.dataPath)).pid
}
