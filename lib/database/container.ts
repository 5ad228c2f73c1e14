import { eq } from 'drizzle-orm'
import { containers } from '#drizzle/schema/container.ts'
import type { ContainerSpec, StepIo } from '../drivers/driver.ts'
import type { Volumes } from '../drivers/volumes.ts'
import { db } from '../db/client.ts'
import { Refusal } from '../refusal.ts'
import { unseal } from '../secret/seal.ts'
import type { Database } from './find-live.ts'
import { findType } from './types/index.ts'
import type { Connection, Credentials } from './types/type.ts'

/** Of a database: all that its containers are made from. */
export type Served = Pick<Database, 'id' | 'environmentId' | 'handle' | 'type' | 'image' | 'place' | 'memoryMb' | 'volume'>

export const credentialsOf = ({ credentials }: Pick<Database, 'credentials'>): Credentials => JSON.parse(unseal(credentials)) as Credentials

export const admissionOf = ({ type, credentials }: Pick<Database, 'type' | 'credentials'>) => findType(type).admission(credentialsOf({ credentials }))

/** It keeps its address through all its containers. */
export function containerOf({ id, environmentId: environment, handle, type, image, place, memoryMb, volume }: Served, name: string, fence: number): ContainerSpec {
  const { serve, stop } = findType(type)
  return {
    name, owner: { id, handle }, environment, image: image.id, place, ...serve(memoryMb), port: true, listensAs: `database-${id}`, volume,
    stopSignal: stop.signal, limits: { memoryMb }, fence,
  }
}

/** Before what was handed over is started again: its machine may have been started anew, and a hand-over given up before clients were let in. */
export async function makeReady(volumes: Volumes, { volume: name, ...database }: Pick<Database, 'type' | 'credentials' | 'volume'>, io: StepIo): Promise<void> {
  const { path, open } = admissionOf(database)
  await volumes.attach({ name }, io)
  await volumes.write({ name }, path, open, io)
}

/** @throws whatever its type's client says while it does not answer. */
export async function connectTo(database: Pick<Database, 'type' | 'credentials'>, container: string, signal: AbortSignal): Promise<Connection> {
  const [row] = await db.select({ host: containers.host, port: containers.port }).from(containers).where(eq(containers.name, container))
  if (!row?.host || !row.port) throw new Refusal('unavailable', `${container} has no address.`)
  return findType(database.type).connect({ host: row.host, port: row.port }, credentialsOf(database), signal)
}
