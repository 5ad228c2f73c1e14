import { eq } from 'drizzle-orm'
import type { z } from 'zod'
import { apps, releases } from '#drizzle/schema.ts'
import { db } from '../db/client.ts'
import type { ContainerSpec } from '../drivers/driver.ts'
import { Refusal } from '../refusal.ts'
import { readVariables, secretValues } from '../release/configuration.ts'
import type { AfterCrash, Builder, Hands } from '../runner/define.ts'
import type { Made } from './roll-out.ts'

const LIMIT_SECONDS = 30 * 60

/** Runs the app's commands in throw-away containers of the new image, while the old containers serve. */
export function beforeRelease<Schema extends z.ZodType, Before extends Made>(before: Builder<Schema, Before>) {
  return before.step('run before_release', {
    makes: ({ manifest }: Before) => commandsOf(manifest).length,
    limitSeconds: LIMIT_SECONDS,
    handsOver: true,
    undoes: 'run after_rollback, where the app has one',
    afterCrash: (_known, hands) => adoptable(hands),
    run: async (known: Before, hands) => {
      const { beforeRelease: commands = [] } = known.manifest ?? {}
      for (const [index, command] of commands.entries()) {
        hands.log(`before_release, ${index + 1} of ${commands.length}: ${command}`)
        const code = await runOnce(hands, known, hands.names[index]!, command)
        if (code !== 0) throw new Refusal('conflict', `before_release ended with exit code ${code}: ${command}`)
      }
      return { throwAways: hands.names }
    },
    compensate: (known: Before, hands) => afterRollback(hands, known),
  })
}

function commandsOf(manifest: Made['manifest']): string[] {
  return manifest ? [...manifest.beforeRelease, ...manifest.afterRollback] : []
}

/**
 * A command that ran when the runner died is adopted, or its exit code is. One that is gone without an
 * exit code may have done anything: it must not run twice, so the operation is rolled back.
 */
async function adoptable(hands: Hands): Promise<AfterCrash> {
  const driver = await hands.driver()
  const states = await Promise.all(hands.names.map((name) => driver.inspect({ name })))
  return states.some((state) => state !== null && !state.running && state.exitCode === null) ? 'roll back' : 'run again'
}

async function afterRollback(hands: Hands, known: Made): Promise<void> {
  const { beforeRelease: commands = [], afterRollback: undoing = [] } = known.manifest ?? {}
  if (commands.length === 0) return
  const driver = await hands.driver()
  const begun = (await Promise.all(hands.names.slice(0, commands.length).map((name) => driver.inspect({ name })))).filter(Boolean)
  if (begun.length === 0) return
  const names = hands.names.slice(commands.length)
  if (undoing.length === 0) hands.log('before_release had begun. What it did outside of Davit cannot be undone by Davit; the app gives no after_rollback.')
  for (const [index, command] of undoing.entries()) {
    hands.log(`after_rollback, ${index + 1} of ${undoing.length}: ${command}`)
    const code = await runOnce(hands, known, names[index]!, command)
    if (code !== 0) {
      // The next try runs it anew; a recorded exit code would only be read again.
      await driver.remove({ name: names[index]! })
      throw new Refusal('conflict', `after_rollback ended with exit code ${code}: ${command}`)
    }
  }
  for (const name of hands.names) await driver.remove({ name })
}

async function runOnce(hands: Hands, { release }: Made, name: string, command: string): Promise<number> {
  hands.hide(await secretValues(release!.configurationId))
  const driver = await hands.driver()
  return driver.runOnce(await throwAway(hands, release!.id, name, command), hands.io)
}

/** A container of a release that runs one command and is gone. */
export async function throwAway(hands: Hands, releaseId: number, name: string, command: string): Promise<ContainerSpec> {
  const [row] = await db
    .select({ release: releases, app: { id: apps.id, handle: apps.handle } })
    .from(releases)
    .innerJoin(apps, eq(apps.id, releases.appId))
    .where(eq(releases.id, releaseId))
  return {
    name,
    owner: row!.app,
    image: row!.release.image.id,
    place: 'local',
    command,
    variables: await readVariables(row!.release.configurationId),
    port: false,
    fence: hands.operation.fence,
  }
}

