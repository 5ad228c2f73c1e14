import { and, desc, eq, isNull, ne } from 'drizzle-orm'
import { endpoints } from '#drizzle/schema/endpoint.ts'
import { operations } from '#drizzle/schema/operation.ts'
import { stacks } from '#drizzle/schema/stack.ts'
import { config } from '#lib/config.ts'
import { db } from '#lib/db/client.ts'
import { openDriver } from '#lib/drivers/index.ts'
import { type Load, startLoad } from '#lib/router/load.ts'
import { checkApps, checkLosses, checkTraffic } from './app-checks.ts'
import type { Ground } from './ground.ts'
import { perform } from './perform.ts'
import type { Chance } from './random.ts'
import { answerBytes, type Source, type Variant } from './source.ts'
import type { Failed, Wanted, World } from './world.ts'

const openMax = 3

export interface ChaosApp {
  id: number
  handle: string
  strategy: 'bluegreen' | 'immediate'
  source: Source
  endpointId: number
  host: string
  load: ReturnType<typeof startLoad>
}

/** Three apps under load. Runners have to run already: what follows are operations. */
export async function openApps(ground: Ground): Promise<World> {
  const stackId = await perform('stack', 'provision', ground.stack)
  const environmentId = await perform('environment', 'provision', { stack: stackId, handle: 'chaos' })
  const apps = await Promise.all(
    ([['alpha', 'bluegreen'], ['beta', 'bluegreen'], ['gamma', 'immediate']] as const).map(([handle, strategy]) => buildApp(environmentId, handle, strategy, ground)),
  )
  const [stack] = await db.select().from(stacks).where(eq(stacks.id, stackId))
  const driver = await openDriver(stack!)
  const stopLoad = () => Promise.all(apps.map(({ load }) => load.stop()))
  return {
    ground,
    driver,
    next: (chance) => nextDeed(apps, chance),
    /** Of the app whose losses do not count: what died is started again. */
    async victims() {
      const app = apps.find(({ strategy }) => strategy === 'immediate')!
      return (await driver.list()).filter((state) => state.owner === app.id && state.running && state.address !== null).map(({ name }) => name)
    },
    mayFail,
    check: () => checkApps(apps, driver, ground),
    checkUse: async () => [checkLosses(apps)],
    async conclude() {
      await stopLoad()
      return [await checkTraffic(apps)]
    },
    figures: () => ({
      title: 'Requests',
      rows: apps.map(({ handle, strategy, load: { count } }) => ({
        app: handle, strategy, sent: count.sent, served: count.ok, lost: count.lost, maintenance: count.maintenance, 'p50 ms': count.p50.toFixed(1), 'p99 ms': count.p99.toFixed(1),
      })),
    }),
    close: async () => void (await stopLoad()),
  }
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

/** Its step cannot be gone on with; it has nothing to go back to. */
function mayFail({ error }: Failed): boolean {
  return /which cannot be gone on with|ended without leaving an exit code|has no release|This was the first release|This operation made no release/.test(error)
}

type Deed = 'deploy' | 'scale' | 'configure' | 'restart' | 'rollback' | 'session' | 'provision endpoint' | 'deprovision endpoint'

const deeds: Record<Deed, number> = { deploy: 8, scale: 4, configure: 3, restart: 3, rollback: 2, session: 2, 'provision endpoint': 1, 'deprovision endpoint': 1 }
// `immediate` does not wait for health, so what would fail it just runs badly; that is its bargain, and no test.
const failsByHealth: Variant[] = ['never listens', 'crashes at start']

async function nextDeed(apps: ChaosApp[], chance: Chance): Promise<Wanted | null> {
  const app = chance.oneOf(apps)
  const deed = chance.weighted(deeds)
  if ((await db.$count(operations, and(eq(operations.appId, app.id), isNull(operations.finishedAt)))) >= openMax) return null
  const variant = deed === 'deploy' ? chance.weighted(variantsFor(app)) : 'good'
  const input = await inputFor(app, deed, variant, chance)
  if (input === null) return null
  const [type, kind = 'app'] = deed.split(' ') as [string, string?]
  return { kind, type, input, words: `${deed} ${app.handle}${deed === 'deploy' ? ` (${variant})` : ''}`, failsWith: app.source.failsWith(variant) }
}

function variantsFor({ strategy, source }: ChaosApp): Record<Variant, number> {
  const fit = Object.entries(source.variants).filter(([variant]) => strategy !== 'immediate' || !failsByHealth.includes(variant as Variant))
  return Object.fromEntries(fit) as Record<Variant, number>
}

async function inputFor({ id: app, handle, strategy, source }: ChaosApp, deed: Deed, variant: Variant, chance: Chance): Promise<object | null> {
  if (deed === 'deploy') return { app, strategy, ref: await source.commit(variant) }
  if (deed === 'scale') return { app, strategy, formation: { web: chance.between(1, 3), worker: chance.between(0, 2) } }
  if (deed === 'configure') return { app, strategy, set: { [`V${chance.between(1, 5)}`]: { value: `value ${chance.between(1, 1000)}`, secret: chance.happens(0.5) } } }
  if (deed === 'restart') return { app, strategy }
  if (deed === 'session') return { app, command: `echo hello; node -e 'setTimeout(() => {}, ${chance.oneOf([0, 1000, 3000])})'; echo bye` }
  if (deed === 'provision endpoint') return { app, service: 'web', host: `${handle}-${chance.between(1, 9999)}.chaos.test` }
  if (deed === 'deprovision endpoint') return deprovisionOther(app, handle)
  const [last] = await db
    .select({ id: operations.id })
    .from(operations)
    .where(and(eq(operations.appId, app), eq(operations.status, 'succeeded'), eq(operations.resourceKind, 'app')))
    .orderBy(desc(operations.id))
    .offset(chance.between(0, 2))
    .limit(1)
  return last ? { operation: last.id, strategy } : null
}

/** Never the one under load: without it every request would be lost, as asked for. */
async function deprovisionOther(app: number, handle: string) {
  const [other] = await db
    .select({ id: endpoints.id, host: endpoints.host })
    .from(endpoints)
    .where(and(eq(endpoints.appId, app), isNull(endpoints.deprovisionedAt), ne(endpoints.host, `${handle}.chaos.test`)))
    .limit(1)
  return other ? { endpoint: other.id, confirm: other.host ?? '' } : null
}
