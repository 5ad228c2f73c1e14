import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { and, desc, eq, isNull, ne } from 'drizzle-orm'
import { endpoints } from '#drizzle/schema/endpoint.ts'
import { operations } from '#drizzle/schema/operation.ts'
import { db } from '#lib/db/client.ts'
import { Refusal } from '#lib/refusal.ts'
import { scopeOfOperation } from '#lib/operations/scope-of.ts'
import { requestCancel } from '#lib/runner/cancel.ts'
import { throughOutages } from '#lib/runner/outage.ts'
import type { Chance } from './random.ts'
import type { Variant } from './source.ts'
import { actor, type ChaosApp, record, type World } from './world.ts'

const openMax = 3

/** What was asked for: by operation, what makes its failure a thing to expect. */
export interface Deeds {
  /** Recorded, with the words its error has to have when it fails for a reason of its own. */
  asked: Map<number, RegExp | null>
  cancelsAccepted: Set<number>
  cancelsRefused: number
  refused: Map<string, number>
  done: Promise<unknown>
}

type Deed = 'deploy' | 'scale' | 'configure' | 'restart' | 'rollback' | 'session' | 'provision endpoint' | 'deprovision endpoint'

const deeds: Record<Deed, number> = { deploy: 8, scale: 4, configure: 3, restart: 3, rollback: 2, session: 2, 'provision endpoint': 1, 'deprovision endpoint': 1 }
// `immediate` does not wait for health, so what would fail it just runs badly; that is its bargain, and no test.
const failsByHealth: Variant[] = ['never listens', 'crashes at start']

/** Starts operations at random moments, and cancels some, until the signal aborts. */
export function startDeeds(world: World, { work, cancels }: { work: Chance; cancels: Chance }, say: (text: string) => void, stopped: AbortSignal): Deeds {
  const found: Deeds = { asked: new Map(), cancelsAccepted: new Set(), cancelsRefused: 0, refused: new Map(), done: Promise.resolve() }
  const cancelling: Promise<void>[] = []
  async function work_() {
    while (!stopped.aborted) {
      await pause(work.between(150, 900), undefined, { signal: stopped }).catch(() => {})
      const app = work.oneOf(world.apps)
      const deed = work.weighted(deeds)
      if (stopped.aborted || (await countOpen(app)) >= openMax) continue
      const id = await attempt(found, () => ask(app, deed, work, found, say))
      if (id !== null && cancels.happens(0.35)) cancelling.push(cancelLater(id, cancels.between(0, 6000), found, say))
    }
    await Promise.all(cancelling)
  }
  found.done = work_()
  return found
}

/** A refusal is an answer; which ones there were is counted. */
async function attempt(found: Deeds, work: () => Promise<number | null>): Promise<number | null> {
  try {
    return await throughOutages(work, () => true)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    found.refused.set(error.message, (found.refused.get(error.message) ?? 0) + 1)
    return null
  }
}

async function ask(app: ChaosApp, deed: Deed, chance: Chance, found: Deeds, say: (text: string) => void): Promise<number | null> {
  const variant = deed === 'deploy' ? chance.weighted(variantsFor(app)) : 'good'
  const wanted = await inputFor(app, deed, variant, chance)
  if (wanted === null) return null
  const { id } = await record(wanted.kind, deed.split(' ')[0]!, wanted.input, randomUUID())
  found.asked.set(id, app.source.failsWith(variant))
  say(`asked for ${id}: ${deed} ${app.handle}${deed === 'deploy' ? ` (${variant})` : ''}`)
  return id
}

function variantsFor({ strategy, source }: ChaosApp): Record<Variant, number> {
  const fit = Object.entries(source.variants).filter(([variant]) => strategy !== 'immediate' || !failsByHealth.includes(variant as Variant))
  return Object.fromEntries(fit) as Record<Variant, number>
}

async function inputFor({ id: app, handle, strategy, source }: ChaosApp, deed: Deed, variant: Variant, chance: Chance): Promise<{ kind: string; input: object } | null> {
  const onApp = (more: object) => ({ kind: 'app', input: { app, ...more } })
  if (deed === 'deploy') return onApp({ strategy, ref: await source.commit(variant) })
  if (deed === 'scale') return onApp({ strategy, formation: { web: chance.between(1, 3), worker: chance.between(0, 2) } })
  if (deed === 'configure') return onApp({ strategy, set: { [`V${chance.between(1, 5)}`]: { value: `value ${chance.between(1, 1000)}`, secret: chance.happens(0.5) } } })
  if (deed === 'restart') return onApp({ strategy })
  if (deed === 'session') return onApp({ command: `echo hello; node -e 'setTimeout(() => {}, ${chance.oneOf([0, 1000, 3000])})'; echo bye` })
  if (deed === 'provision endpoint') return { kind: 'endpoint', input: { app, service: 'web', host: `${handle}-${chance.between(1, 9999)}.chaos.test` } }
  if (deed === 'deprovision endpoint') return deprovisionOther(app, handle)
  const [last] = await db
    .select({ id: operations.id })
    .from(operations)
    .where(and(eq(operations.appId, app), eq(operations.status, 'succeeded'), eq(operations.resourceKind, 'app')))
    .orderBy(desc(operations.id))
    .offset(chance.between(0, 2))
    .limit(1)
  return last ? { kind: 'app', input: { operation: last.id, strategy } } : null
}

/** Never the one under load: without it every request would be lost, as asked for. */
async function deprovisionOther(app: number, handle: string) {
  const [other] = await db
    .select({ id: endpoints.id, host: endpoints.host })
    .from(endpoints)
    .where(and(eq(endpoints.appId, app), isNull(endpoints.deprovisionedAt), ne(endpoints.host, `${handle}.chaos.test`)))
    .limit(1)
  return other ? { kind: 'endpoint', input: { endpoint: other.id, confirm: other.host ?? '' } } : null
}

async function countOpen(app: ChaosApp): Promise<number> {
  return throughOutages(() => db.$count(operations, and(eq(operations.appId, app.id), isNull(operations.finishedAt))), () => true)
}

async function cancelLater(id: number, afterMs: number, found: Deeds, say: (text: string) => void): Promise<void> {
  await pause(afterMs)
  try {
    await throughOutages(() => requestCancel(actor, id, scopeOfOperation), () => true)
    found.cancelsAccepted.add(id)
    say(`cancelled ${id}`)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    found.cancelsRefused++
  }
}
