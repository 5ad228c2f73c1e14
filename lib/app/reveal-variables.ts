import { desc, eq } from 'drizzle-orm'
import { configurations } from '#drizzle/schema/release.ts'
import { recordEvent } from '../activity/record-event.ts'
import type { Actor } from '../auth/actor.ts'
import { allow } from '../auth/allow.ts'
import { db } from '../db/client.ts'
import { Refusal } from '../refusal.ts'
import { readVariables } from '../release/configuration.ts'
import { findApp } from './queries.ts'

/** The values in the clear. That they were shown is activity, committed before they are. */
export async function revealVariables(actor: Actor, appId: number): Promise<Record<string, string>> {
  const app = await findApp(actor, appId)
  allow(actor, 'sensitive', app.environment.id)
  const [row] = await db
    .select({ id: configurations.id, names: configurations.names })
    .from(configurations)
    .where(app.release ? eq(configurations.id, app.release.configurationId) : eq(configurations.appId, appId))
    .orderBy(desc(configurations.id))
    .limit(1)
  if (!row) throw new Refusal('not_found', 'This app has no variables yet.')
  await db.transaction((tx) =>
    recordEvent(tx, {
      kind: 'variables shown',
      actor,
      resource: { id: app.id, handle: app.handle, kind: 'app' },
      environmentId: app.environment.id,
      appId: app.id,
      detail: row.names.join(', '),
    }),
  )
  return await readVariables(row.id)
}
