import { and, inArray, isNull, or, sql as fragment } from 'drizzle-orm'
import { apps } from '#drizzle/schema/app.ts'
import { backups, databases } from '#drizzle/schema/database.ts'
import { operations } from '#drizzle/schema/operation.ts'
import { releases } from '#drizzle/schema/release.ts'
import { db } from '../db/client.ts'
import { type ContainerState, type Driver, ImageInUse, type Kept } from '../drivers/driver.ts'
import { findOver, operationOf } from './over.ts'

/** What one pass over a stack works with. */
export interface Pass {
  guard(): Promise<void>
  startsMs: number
  report(line: string): void
  /** The db went back in time: what it does not know is listed in `unknown` and left alone. */
  isMistrusted(): Promise<boolean>
  unknown: string[]
}

/** How long something has to belong to nothing before it is removed. */
export interface Grace {
  ms: number
  /** When it was first seen that it did. */
  firstSeen: Map<string, number>
}

/** Containers that no row owns: at once an effect that came after its compensation, or of what is over; else those of no operation that is still open. */
export async function removeContainers(driver: Driver, unowned: ContainerState[], { guard, report, isMistrusted, unknown }: Pass, grace: Grace): Promise<void> {
  const open = await findOpen()
  const notOpen = unowned.filter(({ name }) => !open.ids.has(operationOf(name)))
  if (await isMistrusted()) return void unknown.push(...notOpen.map(({ name }) => name))
  const over = await findOver(unowned)
  const idle = notOpen.filter(({ name, owner }) => !over.has(name) && !open.ownerIds.has(owner)).map(({ name }) => name)
  for (const name of [...over, ...ripe(idle, grace)]) {
    await guard()
    await driver.remove({ name })
    report(`removed ${name}, which belonged to nothing`)
  }
}

/** Images of no release that is in force or can be rolled back to, and all that is kept of apps that are gone. */
export async function removeKept(driver: Driver, { guard, report, isMistrusted, unknown }: Pass, grace: Grace): Promise<void> {
  // Before the apps: one that is made meanwhile is not in it.
  const kept = await driver.kept()
  const open = await findOpen()
  const live = await findLive(kept)
  const needed = await findNeeded([...live])
  const idle = kept.filter(({ owner }) => !open.ownerIds.has(owner))
  const removals = new Map<string, () => Promise<boolean>>()
  for (const { owner, images } of idle) {
    if (!live.has(owner)) removals.set(`all that is kept of ${owner}`, () => driver.forget(owner).then(() => true))
    else for (const id of images) if (!needed.has(id)) removals.set(`image ${id}`, () => driver.discardImage(id, owner, () => isNeeded(id, owner)))
  }
  if (await isMistrusted()) return void unknown.push(...removals.keys())
  for (const name of ripe([...removals.keys()], grace)) {
    await guard()
    try {
      if (await removals.get(name)!()) report(`removed ${name}, which belonged to nothing`)
    } catch (error) {
      // In use by somebody else, which says nothing of the others.
      if (!(error instanceof ImageInUse)) throw error
      report(error.message)
    }
  }
}

/** Volumes are told of, once, and left: what they hold may be all there is of somebody's data. */
export async function listVolumes(driver: Driver, { report, unknown, isMistrusted }: Pass, told: Set<string>): Promise<void> {
  const volumes = (await driver.volumes?.list()) ?? []
  if (volumes.length === 0) return
  const open = await findOpen()
  const ofDatabases = db.select({ name: databases.volume }).from(databases).where(isNull(databases.deprovisionedAt))
  const owned = new Set((await ofDatabases.union(db.select({ name: backups.volume }).from(backups).where(isNull(backups.purgedAt)))).map(({ name }) => name))
  const unowned = volumes.filter(({ name }) => !owned.has(name) && !open.ids.has(operationOf(name)))
  if (await isMistrusted()) unknown.push(...unowned.map(({ name }) => `volume ${name}`))
  for (const { name, place, sizeMb } of unowned) {
    if (told.has(name)) continue
    told.add(name)
    report(`volume ${name} of ${sizeMb} MB at ${place} belongs to nothing; it is left as it is`)
  }
}

/** An operation that began meanwhile may count on it, or have made a release of it. */
async function isNeeded(image: string, owner: number): Promise<boolean> {
  return (await findOpen()).ownerIds.has(owner) || (await findNeeded([owner])).has(image)
}

async function findOpen(): Promise<{ ids: Set<number>; ownerIds: Set<number | null> }> {
  const open = await db.select({ id: operations.id, appId: operations.appId, resourceId: operations.resourceId }).from(operations).where(isNull(operations.finishedAt))
  return { ids: new Set(open.map(({ id }) => id)), ownerIds: new Set(open.flatMap(({ appId, resourceId }) => [appId, resourceId])) }
}

async function findLive(kept: Kept[]): Promise<Set<number>> {
  if (kept.length === 0) return new Set()
  const owners = kept.map(({ owner }) => owner)
  const rows = await db
    .select({ id: apps.id })
    .from(apps)
    .where(and(inArray(apps.id, owners), isNull(apps.deprovisionedAt)))
    .union(db.select({ id: databases.id }).from(databases).where(and(inArray(databases.id, owners), isNull(databases.deprovisionedAt))))
  return new Set(rows.map(({ id }) => id))
}

/** Images by which something of these owners may have to be started. */
export async function findNeeded(ownerIds: number[]): Promise<Set<string>> {
  if (ownerIds.length === 0) return new Set()
  const ofApps = db
    .selectDistinct({ image: fragment<string>`${releases.image} ->> 'id'` })
    .from(releases)
    .where(and(inArray(releases.appId, ownerIds), or(isNull(releases.discardedAt), mayBeRetried)))
  const ofDatabases = db.selectDistinct({ image: fragment<string>`${databases.image} ->> 'id'` }).from(databases).where(inArray(databases.id, ownerIds))
  return new Set((await ofApps.union(ofDatabases)).map(({ image }) => image))
}

/** Of an operation that left something which a retry of its rollback may put back, with a container of that image. */
const mayBeRetried = fragment`exists (
  select from operations o where o.id = ${releases.operationId} and jsonb_array_length(o.leftovers) > 0
    and (o.finished_at is null or exists (select from blocks where operation_id = o.id and lifted_at is null)))`

/** Those that have belonged to nothing for as long as the grace; the others begin to, or have come to belong to something. */
function ripe(names: string[], { ms, firstSeen }: Grace): string[] {
  const now = performance.now()
  for (const name of firstSeen.keys()) if (!names.includes(name)) firstSeen.delete(name)
  for (const name of names) if (!firstSeen.has(name)) firstSeen.set(name, now)
  return names.filter((name) => now - firstSeen.get(name)! >= ms)
}
