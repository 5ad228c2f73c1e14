import { desc, eq } from 'drizzle-orm'
import { releases } from '#drizzle/schema/release.ts'
import { db } from '../db/client.ts'
import type { Hands } from '../runner/define.ts'
import { each } from './each.ts'

const AT_ONCE = 10
/** The current release's image and those of this many before it are kept, so that a rollback need not build. */
const RELEASES_KEPT = 10
/** Each operation lets one image fall out of reach; the few before it are looked at again, in case one could not be removed. */
const RELEASES_LOOKED_AT = 15

/** Forgets the old containers, this operation's throw-away ones, and images no release in reach needs. */
export async function clearAway(hands: Hands, appId: number, names: string[]): Promise<void> {
  const driver = await hands.driver()
  await each(names, { atOnce: AT_ONCE, goOn: true }, (name) => driver.remove({ name }))
  const recent = await db
    .select({ image: releases.image, discardedAt: releases.discardedAt })
    .from(releases)
    .where(eq(releases.appId, appId))
    .orderBy(desc(releases.number))
    .limit(RELEASES_LOOKED_AT)
  const kept = new Set(recent.filter((one) => one.discardedAt === null).slice(0, RELEASES_KEPT + 1).map((one) => one.image.id))
  const gone = new Set(recent.map((one) => one.image.id).filter((id) => !kept.has(id)))
  for (const id of gone) await driver.removeImage(id)
}
