import { eq } from 'drizzle-orm'
import type { z } from 'zod'
import { backups, databases } from '#drizzle/schema/database.ts'
import type { Actor } from '../auth/actor.ts'
import { allow, allowOne, type Scope } from '../auth/allow.ts'
import { db } from '../db/client.ts'
import { openDriver } from '../drivers/index.ts'
import { Refusal } from '../refusal.ts'
import { findBackup, findLiveDatabase } from './find-live.ts'
import { inTime } from './in-time.ts'
import { findUsual, readRoom, refuseUnlessFits, refuseUnlessFree, refuseUnlessMemory, type Room } from './room.ts'
import { refuseUnlessRuns } from './runs-as.ts'
import type { BackUpDatabase, CreateDatabase, DeprovisionDatabase, ResizeDatabase, RestartDatabase, RestoreBackup } from './schema.ts'
import { findStack, lookUpVolumes } from './volumes.ts'

/** A person waits. What cannot be told by then is left to the operation, which looks for itself anyway. */
const patienceMs = 3000

/** Before the form is accepted: what the operation would fail over is refused beside its field, and nothing is recorded. */
export async function checkNewDatabase(actor: Actor, { environment, type, place, memoryMb, volumeMb }: z.output<typeof CreateDatabase>): Promise<void> {
  allow(actor, 'deploy', environment)
  const room = await look(environment)
  if (!room) return
  refuseUnlessRuns(type, room)
  refuseUnlessFree(room, place ?? findUsual(room.places), volumeMb)
  await checkMemory(environment, memoryMb)
}

export async function checkRestore(actor: Actor, { backup, place, memoryMb, volumeMb }: z.output<typeof RestoreBackup>): Promise<void> {
  const [row] = await db.select({ environmentId: backups.environmentId }).from(backups).where(eq(backups.id, backup))
  allowOne(actor, 'deploy', row?.environmentId ?? null)
  const kept = await findBackup(db, backup)
  const room = await look(kept.environmentId)
  if (!room) return
  refuseUnlessFree(room, place ?? kept.place, volumeMb ?? kept.volumeMb)
  await checkMemory(kept.environmentId, memoryMb ?? kept.memoryMb)
}

export async function checkRestart(actor: Actor, { database, place, memoryMb }: z.output<typeof RestartDatabase>): Promise<void> {
  const now = await findAllowed(actor, 'operate', database)
  const room = place === undefined || place === now.place ? null : await look(now.environmentId)
  if (room) refuseUnlessFree(room, place!, now.volumeMb, { field: 'place' })
  if (memoryMb !== undefined) await checkMemory(now.environmentId, memoryMb, now)
}

export async function checkResize(actor: Actor, { database, volumeMb }: z.output<typeof ResizeDatabase>): Promise<void> {
  const now = await findAllowed(actor, 'operate', database)
  const room = await look(now.environmentId, now.volume)
  if (room) refuseUnlessFits(room, now, volumeMb)
}

/** Its volume is as large as what is copied could ever get. */
export async function checkBackUp(actor: Actor, { database, place }: z.output<typeof BackUpDatabase>): Promise<void> {
  const now = await findAllowed(actor, 'operate', database)
  const room = await look(now.environmentId)
  if (room) refuseUnlessFree(room, place ?? now.place, now.volumeMb, { field: 'place' })
}

export async function checkDeprovision(actor: Actor, { database, finalBackup }: z.output<typeof DeprovisionDatabase>): Promise<void> {
  const now = await findAllowed(actor, 'destroy', database)
  const room = finalBackup ? await look(now.environmentId) : null
  if (room) refuseUnlessFree(room, now.place, now.volumeMb, { field: 'finalBackup' })
}

async function findAllowed(actor: Actor, scope: Scope, id: number) {
  const [row] = await db.select({ environmentId: databases.environmentId }).from(databases).where(eq(databases.id, id))
  allowOne(actor, scope, row?.environmentId ?? null)
  return await findLiveDatabase(db, id)
}

/** What the operation asks first, too. @throws Refusal `conflict` with the numbers, beside the field */
async function checkMemory(environmentId: number, memoryMb: number, now?: { memoryMb: number }): Promise<void> {
  const refused = await inTime(patienceMs, async () => {
    const driver = await openDriver(await findStack(environmentId))
    return await refuseUnlessMemory(driver, { name: 'database', memoryMb, now }).then(() => null, (error: unknown) => error)
  })
  if (refused instanceof Refusal && refused.code === 'conflict') throw new Refusal('conflict', refused.message, { memoryMb: 'more than is free' })
}

/** Null: it cannot be told now. */
async function look(environmentId: number, volume?: string): Promise<Room | null> {
  return await inTime(patienceMs, async () => {
    const volumes = await lookUpVolumes(environmentId)
    return volumes && (await readRoom(volumes, volume))
  })
}
