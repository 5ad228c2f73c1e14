import { and, eq, ne } from 'drizzle-orm'
import { containers } from '#drizzle/schema/container.ts'
import { databases } from '#drizzle/schema/database.ts'
import { findLiveDatabase } from '../database/find-live.ts'
import { type LinkedApp, listLinkedApps } from '../database/linked-apps.ts'
import { DeprovisionDatabase } from '../database/schema.ts'
import { Refusal } from '../refusal.ts'
import { operation } from '../runner/define.ts'
import { copyVolume, removeContainer, startAgain, stopContainer, volumesOf } from './database-container.ts'
import { refuseUnconfirmed } from './handle.ts'
import { type Copied, heldBy, makeBackupVolume, recordBackup } from './keep-backup.ts'
import { liftBlocks } from './lift-blocks.ts'

/** With a final backup, which holds all that was ever written: it is taken once the database has stopped. */
export const deprovisionDatabase = operation({
  kind: 'database',
  type: 'deprovision',
  schema: DeprovisionDatabase,
  scope: 'destroy',
  passesBlocks: true,
  target: async ({ database, confirm, linked: expected }, tx) => {
    const { handle } = await findLiveDatabase(tx, database)
    const linked = await listLinkedApps(database, tx)
    if (linked.length > 0 && confirm.trim() !== handle) throw new Refusal('invalid', `${wordsFor(linked)} Type ${handle} to confirm.`, { confirm: `type ${handle}` })
    refuseUnconfirmed(confirm, handle)
    refuseUnexpected(linked, expected)
    return { resource: { id: database }, title: `Deprovision ${handle}` }
  },
})
  .step('list what it has', {
    makes: () => 1,
    undoes: null,
    run: async ({ database, linked: expected, finalBackup }, hands) => {
      const found = await hands.transaction(async (tx) => {
        const { type, place, volume, volumeMb } = await findLiveDatabase(tx, database)
        const live = await tx.select({ name: containers.name }).from(containers).where(and(eq(containers.ownerId, database), ne(containers.phase, 'unwanted')))
        return { type, place, volume, volumeMb, names: live.map(({ name }) => name), linked: await listLinkedApps(database, tx) }
      })
      refuseUnexpected(found.linked, expected)
      if (found.linked.length > 0) hands.log(wordsFor(found.linked))
      const { type, place, volume, volumeMb, names } = found
      return { type, volume, names, backup: finalBackup ? { volume: hands.names[0]!, place, volumeMb, final: true } : null }
    },
  })
  .with(makeBackupVolume)
  .step('stop its container', {
    undoes: ({ names }) => (names?.length === 0 ? null : 'start its container again'),
    limitSeconds: 600,
    run: async ({ type, names }, hands) => {
      for (const name of names) await stopContainer(hands, type, name)
    },
    compensate: async ({ database, names }, hands) => {
      for (const name of names) await startAgain(hands, database, name)
    },
  })
  .step('copy all it holds', {
    undoes: null,
    skips: ({ backup }) => (backup === null ? 'no backup is made' : null),
    limitSeconds: 86_400,
    run: async ({ backup, volume }, hands): Promise<Copied> => {
      const to = backup!.volume
      const { bytes } = await copyVolume(hands, { from: volume, to })
      const volumes = await volumesOf(hands)
      return await heldBy(volumes, to, bytes)
    },
  })
  .with(recordBackup)
  .step('mark it deprovisioned', {
    undoes: null,
    usuallyNoReturn: true,
    // First in the db: nobody is linked to what is half gone.
    pointOfNoReturn: () => true,
    run: ({ database }, hands) =>
      hands.transaction(async (tx) => {
        await tx.update(databases).set({ deprovisionedAt: new Date() }).where(eq(databases.id, database))
        await liftBlocks(tx, hands, [database])
      }),
  })
  .step('remove its containers', {
    undoes: null,
    run: async ({ database, type, names }, hands) => {
      const driver = await hands.driver()
      const owned = (await driver.list()).filter(({ owner }) => owner === database).map(({ name }) => name)
      for (const name of new Set([...names, ...owned])) await removeContainer(hands, type, name)
    },
  })
  .step('remove its volume', {
    undoes: null,
    run: async ({ volume }, hands) => {
      const volumes = await volumesOf(hands)
      await volumes.remove({ name: volume }, hands.io)
    },
  })
  .step('remove its programs', {
    undoes: null,
    run: async ({ database }, hands) => {
      const driver = await hands.driver()
      await driver.forget(database)
    },
  })

/** Linked by somebody else, perhaps since: whoever confirmed has not seen that. */
function refuseUnexpected(linked: LinkedApp[], expected: number[]): void {
  const others = linked.filter(({ id }) => !expected.includes(id))
  if (others.length > 0) throw new Refusal('conflict', `${wordsFor(others)} That was not confirmed: look at the database again.`, { confirm: 'an app is linked to it that was not shown here' })
}

function wordsFor(linked: LinkedApp[]): string {
  const [one] = linked
  const named = linked.map(({ handle, variable }) => `${handle} (${variable})`).join(', ')
  return linked.length === 1 ? `${one!.handle} is linked to it as ${one!.variable} and will find nothing there.` : `Apps are linked to it and will find nothing there: ${named}.`
}
