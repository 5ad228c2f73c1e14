import { eq } from 'drizzle-orm'
import { apps } from '#drizzle/schema/app.ts'
import { containers } from '#drizzle/schema/container.ts'
import { databases } from '#drizzle/schema/database.ts'
import { releases } from '#drizzle/schema/release.ts'
import { containerOf, credentialsOf } from '../database/container.ts'
import { db, type Transaction } from '../db/client.ts'
import type { ContainerSpec } from '../drivers/driver.ts'
import { Refusal } from '../refusal.ts'
import { readVariables, secretValues } from '../release/configuration.ts'

export type Container = typeof containers.$inferSelect

/** All a driver needs to start a container of ours, from the release or the database it belongs to. */
export async function specOf(name: string, fence: number, from: Transaction | typeof db = db): Promise<ContainerSpec> {
  const [row] = await from
    .select({ container: containers, release: releases, app: { id: apps.id, handle: apps.handle }, environment: apps.environmentId, database: databases })
    .from(containers)
    .leftJoin(releases, eq(releases.id, containers.releaseId))
    .leftJoin(apps, eq(apps.id, containers.ownerId))
    .leftJoin(databases, eq(databases.id, containers.ownerId))
    .where(eq(containers.name, name))
  if (row?.database) return containerOf(row.database, name, fence)
  if (!row?.release || !row.app || row.environment === null) throw new Refusal('not_found', `There is no container named ${name}.`)
  const service = row.release.manifest.services[row.container.service]
  if (!service) throw new Refusal('not_found', `Release ${row.release.number} has no service ${row.container.service}.`)
  return {
    name,
    owner: row.app,
    environment: row.environment,
    image: row.release.image.id,
    place: row.container.place,
    command: service.command,
    variables: await readVariables(row.release.configurationId, from),
    port: service.port,
    limits: service.limits,
    fence,
  }
}

/** What nothing that is said of a container may show: values of its release's configuration, or its database's credentials. */
export async function secretsOf({ ownerId, releaseId }: Container, from: Transaction | typeof db = db): Promise<string[]> {
  const [release] = releaseId === null ? [] : await from.select({ configurationId: releases.configurationId }).from(releases).where(eq(releases.id, releaseId))
  if (release) return secretValues(release.configurationId, from)
  const [database] = await from.select({ credentials: databases.credentials }).from(databases).where(eq(databases.id, ownerId))
  return database ? Object.values(credentialsOf(database)) : []
}
