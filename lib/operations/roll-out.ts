import { and, eq, inArray, isNull, ne, sql as fragment } from 'drizzle-orm'
import { apps } from '#drizzle/schema/app.ts'
import { containers } from '#drizzle/schema/container.ts'
import { endpoints } from '#drizzle/schema/endpoint.ts'
import { type Formation, type ImageRow, type ManifestRow } from '#drizzle/schema/release.ts'
import { specOf } from '../container/spec.ts'
import type { HealthCheck } from '../drivers/driver.ts'
import { checkedPath } from '../endpoint/health.ts'
import { Refusal } from '../refusal.ts'
import { drained } from '../router/client.ts'
import { secretValues } from '../release/configuration.ts'
import { lookUpRelease, type Release } from '../release/create.ts'
import { limitsOf } from '../release/limits.ts'
import type { Builder, Hands } from '../runner/define.ts'
import type { z } from 'zod'
import { clearAway } from './clear-away.ts'
import { each } from './each.ts'
import { switchRouter } from './switch-router.ts'

/** What the steps before a rollout have made. Null: an app without a release only keeps its configuration. */
export interface Made {
  release: { id: number; number: number; formerId: number | null; configurationId: number; image: ImageRow } | null
  formation: Formation
  manifest: ManifestRow | null
  strategy: string
}

export function madeOf(release: Release): Made {
  const { id, number, formerId, configurationId, image, formation, manifest, strategy } = release
  return { release: { id, number, formerId, configurationId, image }, formation, manifest, strategy }
}

/** One container of the release that comes, or of the one that goes. */
export interface Member {
  name: string
  service: string
  memoryMb: number
  /** An endpoint leads to its service. */
  routed: boolean
  /** Runs side by side with its counterpart until the switch. */
  beside: boolean
  stopSeconds: number
  check: HealthCheck | null
}

interface Placed {
  newcomers: Member[]
  elders: Member[]
  hasEndpoints: boolean
}

type Known = Made & Placed
const AT_ONCE = 10
const POLL_MS = 100
const START = 'start the new containers beside the old'
const REPLACE = 'stop the old containers that cannot run beside new ones'
const SWITCH = 'switch to the new release'
const STOP = 'stop the old containers'

/** Chooses a place for each container of the release and records them; nothing is started or stopped. */
export function placeContainers<Schema extends z.ZodType, Before extends Made>(before: Builder<Schema, Before>) {
  return before.step('place the new containers', {
    makes: ({ formation, release }: Before) => (release ? Object.values(formation).reduce((sum, count) => sum + count, 0) : 0),
    undoes: ({ release, newcomers }: Partial<Known>) => (release === null || newcomers?.length === 0 ? null : 'forget the new containers'),
    run: async (known: Before, hands): Promise<Placed> => {
      if (!known.release) return { newcomers: [], elders: [], hasEndpoints: false }
      const plan = await planMembers(known, hands)
      const driver = await hands.driver()
      const places = await driver.place({
        containers: plan.newcomers,
        elders: plan.elders.filter(({ beside }) => !beside),
      })
      const release = known.release
      const placeOf = new Map(places.map(({ name, place }) => [name, place]))
      const rows = plan.newcomers.map(({ name, service }) => ({ name, service, ownerId: appOf(hands), releaseId: release.id, operationId: hands.operation.id, place: placeOf.get(name)! }))
      await hands.transaction(async (tx) => {
        if (rows.length > 0) await tx.insert(containers).values(rows).onConflictDoNothing()
      })
      hands.hide(await secretValues(release.configurationId))
      hands.log(`Release ${release.number}: ${describe(plan.newcomers)}; now running: ${describe(plan.elders)}. Strategy: ${known.strategy}.`)
      await hands.record({ releaseNumber: release.number, noReturnAt: noReturnAt(known, plan) })
      return plan
    },
    compensate: (_known, hands) =>
      hands.transaction(async (tx) => {
        await tx.update(containers).set({ phase: 'unwanted', stoppedAt: new Date() }).where(inNames(hands.names))
      }),
  })
}

/** From starting the new containers to clearing the old ones away. */
export function takeOver<Schema extends z.ZodType, Before extends Known>(before: Builder<Schema, Before>) {
  return before
    .step(START, {
      makes: ({ newcomers }: Known) => newcomers.filter(({ beside }) => beside).map(({ name }) => name),
      skips: ({ newcomers }: Partial<Known>) => (lacks(newcomers, true) ? 'there are none' : null),
      undoes: ({ newcomers }: Partial<Known>) => (some(newcomers, true) ? 'stop and remove the new containers' : null),
      run: (known: Known, hands) => startAll(hands, known),
      compensate: (_known, hands) => removeAll(hands),
    })
    .step('wait until they are healthy', {
      undoes: null,
      skips: (known: Partial<Known>) => unawaited(known, true),
      limitSeconds: 1000,
      run: (known: Known, hands) => awaitHealth(hands, known, known.newcomers.filter(({ beside }) => beside)),
    })
    .step(REPLACE, {
      skips: ({ elders }: Partial<Known>) => (lacks(elders, false) ? 'there are none' : null),
      undoes: ({ elders }: Partial<Known>) => (some(elders, false) ? 'start the old containers again' : null),
      pointOfNoReturn: (known: Known) => noReturnAt(known, known) === REPLACE,
      run: ({ elders }: Known, hands) => stopAll(hands, elders.filter(({ beside }) => !beside)),
      compensate: ({ elders }: Known, hands) => startAgain(hands, elders.filter(({ beside }) => !beside)),
    })
    .step('start the containers that replace them', {
      makes: ({ newcomers }: Known) => newcomers.filter(({ beside }) => !beside).map(({ name }) => name),
      skips: ({ newcomers }: Partial<Known>) => (lacks(newcomers, false) ? 'there are none' : null),
      undoes: ({ newcomers }: Partial<Known>) => (some(newcomers, false) ? 'stop and remove the new containers' : null),
      run: (known: Known, hands) => startAll(hands, known),
      compensate: (_known, hands) => removeAll(hands),
    })
    .step('wait until they stay up', {
      undoes: null,
      skips: (known: Partial<Known>) => unawaited(known, false),
      limitSeconds: 1000,
      run: (known: Known, hands) => awaitHealth(hands, known, known.newcomers.filter(({ beside }) => !beside)),
    })
    .step(SWITCH, {
      undoes: unswitch,
      pointOfNoReturn: (known: Known) => noReturnAt(known, known) === SWITCH,
      run: (known: Known, hands) => makeCurrent(hands, known, known.release?.id ?? null, 'wanted'),
      compensate: (known: Known, hands) => makeCurrent(hands, known, known.release?.formerId ?? null, 'new'),
    })
    .step('drain the old containers', {
      undoes: null,
      skips: ({ elders, hasEndpoints }: Partial<Known>) => (lacks(elders, true) ? 'there are none' : hasEndpoints === false ? 'no endpoint leads to them' : null),
      limitSeconds: 1000,
      run: (known: Known, hands) => drain(hands, known),
    })
    .step(STOP, {
      undoes: null,
      skips: ({ elders }: Partial<Known>) => (lacks(elders, true) ? 'there are none' : null),
      usuallyNoReturn: true,
      pointOfNoReturn: () => true,
      run: ({ elders }: Known, hands) => stopAll(hands, elders.filter(({ beside }) => beside)),
    })
    .step('clear away what is no longer needed', {
      undoes: null,
      run: ({ elders, throwAways = [] }: Known & { throwAways?: string[] }, hands) =>
        clearAway(hands, appOf(hands), [...elders.map(({ name }) => name), ...throwAways]),
    })
}

/** False while that is not known. */
const lacks = (members: Member[] | undefined, beside: boolean) => members !== undefined && !some(members, beside)
const some = (members: Member[] | undefined, beside: boolean) => members?.some((one) => one.beside === beside) ?? false

function unswitch({ release, hasEndpoints }: Partial<Known>): string | null {
  if (!release) return null
  if (release.formerId === null) return hasEndpoints ? 'make no release current, as before, and send no requests to the new containers' : 'make no release current, as before'
  return hasEndpoints ? 'make the former release current and send its requests back to the old containers' : 'make the former release current'
}

function unawaited({ strategy, newcomers }: Partial<Known>, beside: boolean): string | null {
  if (strategy === 'immediate') return 'health is not awaited, as the strategy is immediate'
  return lacks(newcomers, beside) ? 'there are none' : null
}

function noReturnAt(known: Pick<Known, 'strategy' | 'release'>, { elders, hasEndpoints }: Pick<Known, 'elders' | 'hasEndpoints'>): string {
  if (!hasEndpoints) return SWITCH
  return known.strategy === 'immediate' && elders.some(({ routed }) => routed) ? REPLACE : STOP
}

function settingsOf(manifest: ManifestRow | null, service: string): ManifestRow['services'][string] | undefined {
  return manifest !== null && Object.hasOwn(manifest.services, service) ? manifest.services[service] : undefined
}

async function planMembers(known: Made, hands: Hands): Promise<Placed> {
  return hands.transaction(async (tx) => {
    const routed = await tx.select().from(endpoints).where(and(eq(endpoints.appId, appOf(hands)), isNull(endpoints.deprovisionedAt)))
    const former = await lookUpRelease(tx, known.release?.formerId ?? null)
    const running = await tx
      .select()
      .from(containers)
      .where(and(eq(containers.ownerId, appOf(hands)), eq(containers.phase, 'wanted'), ne(containers.operationId, hands.operation.id)))
      .orderBy(containers.name)
    const member = (name: string, service: string, manifest: ManifestRow | null): Member => {
      const settings = settingsOf(manifest, service)
      const endpoint = routed.find((one) => one.service === service)
      // Whether old and new may run at once is for the new release to say.
      const { overlap = false } = settingsOf(known.manifest, service) ?? settings ?? {}
      return {
        name,
        service,
        memoryMb: limitsOf(manifest, service).memoryMb ?? 0,
        routed: endpoint !== undefined,
        beside: known.strategy !== 'immediate' && (endpoint !== undefined || overlap),
        stopSeconds: settings?.stopSeconds ?? 10,
        check: settings ? checkOf(settings, endpoint?.health) : null,
      }
    }
    const names = [...hands.names]
    const newcomers = Object.entries(known.formation).flatMap(([service, count]) =>
      Array.from({ length: count }, () => member(names.shift()!, service, known.manifest)),
    )
    const elders = running.map(({ name, service }) => member(name, service, former?.manifest ?? null))
    return { newcomers, elders, hasEndpoints: routed.length > 0 }
  })
}

function checkOf(settings: ManifestRow['services'][string], health: { path: string; strict: boolean; limitSeconds: number } | undefined): HealthCheck {
  if (!settings.port) return { kind: 'uptime', uptimeSeconds: settings.uptimeSeconds }
  const path = health ? checkedPath(health) : '/'
  return { kind: 'http', path, strict: health?.strict ?? false, limitSeconds: health?.limitSeconds ?? 60, intervalMs: POLL_MS }
}

async function startAll(hands: Hands, { release }: Made): Promise<void> {
  hands.hide(await secretValues(release!.configurationId))
  await startThem(hands, hands.names)
  hands.log(`Started ${hands.names.join(', ')}`)
}

/** Their addresses are recorded together, also of those that were started when another failed: started once more, each is given the same. */
async function startThem(hands: Hands, names: string[], again = false): Promise<void> {
  const driver = await hands.driver()
  const started: { name: string; host: string | null; port: number | null }[] = []
  try {
    await each(names, { atOnce: AT_ONCE, goOn: again, signal: again ? undefined : hands.signal }, async (name) => {
      const { address } = await driver.start(await specOf(name, hands.operation.fence), hands.io)
      started.push({ name, host: address?.host ?? null, port: address?.port ?? null })
      hands.io.progress(`${started.length} of ${names.length} containers have been started`)
    })
  } finally {
    await hands.transaction((tx) =>
      tx.execute(fragment`
        update containers set host = started.host, port = started.port, started_at = clock_timestamp(), starting_at = null, start_refusal = null,
          phase = case when ${again} then 'wanted' else phase end, stopped_at = case when ${again} then null else stopped_at end
        from jsonb_to_recordset(${JSON.stringify(started)}::jsonb) as started(name text, host text, port int) where containers.name = started.name`),
    )
  }
}

async function removeAll(hands: Hands): Promise<void> {
  const driver = await hands.driver()
  await each(hands.names, { atOnce: AT_ONCE, goOn: true }, async (name) => {
    await driver.stop({ name }, 10, hands.io)
    await driver.remove({ name })
  })
}

async function awaitHealth(hands: Hands, known: Made, members: Member[]): Promise<void> {
  // A refusal quotes what the container wrote last.
  hands.hide(await secretValues(known.release!.configurationId))
  const driver = await hands.driver()
  const failed = new AbortController()
  const io = { ...hands.io, signal: AbortSignal.any([hands.signal, failed.signal]) }
  let healthy = 0
  hands.io.progress(`0 of ${members.length} containers are healthy`)
  await each(members, { atOnce: members.length, signal: io.signal }, async ({ name, check }) => {
    try {
      if (check) await driver.waitUntilHealthy({ name }, check, io)
    } catch (error) {
      failed.abort(error)
      throw error
    }
    hands.io.progress(`${++healthy} of ${members.length} containers are healthy`)
  })
  hands.log(`${members.length} of ${members.length} containers are healthy.`)
}

async function stopAll(hands: Hands, members: Member[]): Promise<void> {
  if (members.length === 0) return
  const driver = await hands.driver()
  const names = members.map(({ name }) => name)
  // First in the db: what is wanted is started again by the sweep, and what could not be stopped must not be.
  await hands.transaction((tx) => tx.update(containers).set({ phase: 'unwanted' }).where(inNames(names)))
  let gone = 0
  await each(members, { atOnce: AT_ONCE, goOn: true, signal: hands.signal }, async ({ name, stopSeconds }) => {
    await driver.stop({ name }, stopSeconds, hands.io)
    hands.io.progress(`${++gone} of ${members.length} old containers have stopped`)
  })
  await hands.transaction((tx) => tx.update(containers).set({ stoppedAt: new Date() }).where(inNames(names)))
  hands.log(`Stopped ${names.join(', ')}`)
}

async function startAgain(hands: Hands, members: Member[]): Promise<void> {
  if (members.length === 0) return
  const names = members.map(({ name }) => name)
  await startThem(hands, names, true)
  hands.log(`Started again: ${names.join(', ')}`)
}

/** The app's release and the router's table change in one commit; the step ends when the router has confirmed. */
async function makeCurrent(hands: Hands, { newcomers, release }: Known, releaseId: number | null, phase: 'wanted' | 'new'): Promise<void> {
  if (!release) return
  await switchRouter(hands, async (tx) => {
    await tx.update(apps).set({ currentReleaseId: releaseId }).where(eq(apps.id, appOf(hands)))
    await tx.update(containers).set({ phase }).where(inNames(newcomers.map(({ name }) => name)))
  })
}

async function drain(hands: Hands, { elders, manifest }: Known): Promise<void> {
  const names = elders.filter(({ beside }) => beside).map(({ name }) => name)
  hands.io.progress(`waiting for the last requests of ${names.length} old containers`)
  const cut = await drained(names, manifest?.drainSeconds ?? 15, hands.signal).catch((error: unknown) => {
    if (error instanceof Refusal && error.code === 'unavailable') return null
    throw error
  })
  if (cut === null) return hands.log('The router does not answer, so nothing is in flight through it to the old containers.')
  hands.log(cut === 0 ? 'Every request to the old containers has ended.' : `${cut} requests or connections were still open after ${manifest?.drainSeconds} s and were closed.`)
}

function describe(members: Member[]): string {
  const counts = Object.entries(Object.groupBy(members, ({ service }) => service))
  return counts.length === 0 ? 'no containers' : counts.map(([service, all]) => `${all!.length} × ${service}`).join(', ')
}

function inNames(names: string[]) {
  return names.length === 0 ? isNull(containers.name) : inArray(containers.name, names)
}

export function appOf(hands: Hands): number {
  if (hands.operation.appId === null) throw new Error('this operation is not on an app')
  return hands.operation.appId
}
