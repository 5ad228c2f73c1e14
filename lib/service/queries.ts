import { and, asc, eq, ne } from 'drizzle-orm'
import { containers } from '#drizzle/schema/container.ts'
import { releases } from '#drizzle/schema/release.ts'
import { resources } from '#drizzle/schema/resource.ts'
import { environments, stacks } from '#drizzle/schema/stack.ts'
import type { Actor } from '../auth/actor.ts'
import { allow } from '../auth/allow.ts'
import { findApp } from '../app/queries.ts'
import { shownState } from '../container/seen.ts'
import { db } from '../db/client.ts'
import { nothingHere } from '../refusal.ts'

/** Those that run, or should: the current release's, and a running operation's new ones. */
export async function listContainers(actor: Actor, appId: number) {
  await findApp(actor, appId)
  const rows = await db
    .select({
      name: containers.name,
      service: containers.service,
      release: releases.number,
      ...shownState,
      place: containers.place,
      host: containers.host,
      port: containers.port,
      restarts: containers.restarts,
      seenAt: containers.seenAt,
      startedAt: containers.startedAt,
      createdAt: containers.createdAt,
    })
    .from(containers)
    .innerJoin(releases, eq(releases.id, containers.releaseId))
    .where(and(eq(containers.ownerId, appId), ne(containers.phase, 'unwanted')))
    .orderBy(asc(containers.service), asc(containers.createdAt), asc(containers.name))
  return rows.map(({ seenAt, startedAt, createdAt, ...rest }) => ({
    ...rest,
    seenAt: seenAt?.toISOString() ?? null,
    startedAt: startedAt?.toISOString() ?? null,
    createdAt: createdAt.toISOString(),
  }))
}

export type ContainerView = Awaited<ReturnType<typeof listContainers>>[number]

/** Where the output of an app's or a database's container is to be read. */
export async function findContainer(actor: Actor, name: string) {
  const [row] = await db
    .select({ name: containers.name, environmentId: environments.id, stack: { id: stacks.id, driver: stacks.driver, settings: stacks.settings } })
    .from(containers)
    .innerJoin(resources, eq(resources.id, containers.ownerId))
    .innerJoin(environments, eq(environments.id, resources.environmentId))
    .innerJoin(stacks, eq(stacks.id, environments.stackId))
    .where(eq(containers.name, name))
  if (!row) throw nothingHere()
  allow(actor, 'read', row.environmentId)
  return row
}
