import { and, desc, eq, lt } from 'drizzle-orm'
import { operations } from '#drizzle/schema/operation.ts'
import { releases } from '#drizzle/schema/release.ts'
import type { Actor } from '../auth/actor.ts'
import { findApp } from '../app/queries.ts'
import { db } from '../db/client.ts'

const pageRows = 50

/** Newest first; `before` is the number of the last one on the page before. */
export async function listReleases(actor: Actor, appId: number, before: number | null) {
  await findApp(actor, appId)
  const rows = await db
    .select({
      id: releases.id,
      number: releases.number,
      image: releases.image,
      formation: releases.formation,
      createdAt: releases.createdAt,
      discardedAt: releases.discardedAt,
      operationId: operations.id,
      operationTitle: operations.title,
      actorName: operations.actorName,
    })
    .from(releases)
    .innerJoin(operations, eq(operations.id, releases.operationId))
    .where(and(eq(releases.appId, appId), before === null ? undefined : lt(releases.number, before)))
    .orderBy(desc(releases.number))
    .limit(pageRows + 1)
  return { rows: rows.slice(0, pageRows), more: rows.length > pageRows }
}
