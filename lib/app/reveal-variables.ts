import { desc, eq } from 'drizzle-orm'
import { apps } from '#drizzle/schema/app.ts'
import { configurations, releases } from '#drizzle/schema/release.ts'
import { recordEvent } from '../activity/record-event.ts'
import type { Actor } from '../auth/actor.ts'
import { allow } from '../auth/allow.ts'
import { db } from '../db/client.ts'
import { nothingHere, Refusal } from '../refusal.ts'
import { readVariables } from '../release/configuration.ts'

/** The values in the clear. That they were shown is activity, committed before they are. */
export async function revealVariables(actor: Actor, appId: number): Promise<Record<string, string>> {
  const [app] = await db
    .select({ id: apps.id, handle: apps.handle, environmentId: apps.environmentId, configurationId: releases.configurationId })
    .from(apps)
    .leftJoin(releases, eq(releases.id, apps.currentReleaseId))
    .where(eq(apps.id, appId))
  if (!app) throw nothingHere()
  allow(actor, 'sensitive', app.environmentId)
  const [row] = await db
    .select({ id: configurations.id, names: configurations.names })
    .from(configurations)
    .where(app.configurationId !== null ? eq(configurations.id, app.configurationId) : eq(configurations.appId, appId))
    .orderBy(desc(configurations.id))
    .limit(1)
  if (!row) throw new Refusal('not_found', 'This app has no variables yet.')
  await db.transaction((tx) =>
    recordEvent(tx, {
      kind: 'variables shown',
      actor,
      resource: { id: app.id, handle: app.handle, kind: 'app' },
      environmentId: app.environmentId,
      appId: app.id,
      detail: row.names.join(', '),
    }),
  )
  return await readVariables(row.id)
}
