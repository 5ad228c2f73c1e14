import { and, inArray, isNotNull } from 'drizzle-orm'
import type { z } from 'zod'
import { containers } from '#drizzle/schema/container.ts'
import type { Lasting } from '#drizzle/schema/operation.ts'
import { db } from '../db/client.ts'
import { Refusal } from '../refusal.ts'
import type { Builder, Hands } from '../runner/define.ts'
import type { Made } from './roll-out.ts'
import { adoptable, begunOf, runThrowAway } from './throw-away.ts'

const LIMIT_SECONDS = 30 * 60

/** Runs the app's commands in throw-away containers of the new image, while the old containers serve. */
export function beforeRelease<Schema extends z.ZodType, Before extends Made>(before: Builder<Schema, Before>) {
  return before.step('run before_release', {
    makes: ({ manifest }: Before) => commandsOf(manifest).length,
    limitSeconds: LIMIT_SECONDS,
    handsOver: true,
    undoes: ({ manifest }: Partial<Made>) => {
      if (!manifest || manifest.beforeRelease.length === 0) return null
      return manifest.afterRollback.length > 0 ? 'run after_rollback' : 'remove the containers of before_release'
    },
    leaves: ({ manifest }: Partial<Made>) => (manifest && manifest.beforeRelease.length > 0 && manifest.afterRollback.length === 0 ? 'what before_release did stays; the app has no after_rollback' : null),
    skips: ({ manifest }: Partial<Made>) => (manifest?.beforeRelease.length === 0 ? 'the app has none' : null),
    afterCrash: (_known, hands) => adoptable(hands),
    run: async (known: Before, hands) => {
      const { beforeRelease: commands = [] } = known.manifest ?? {}
      for (const [index, command] of commands.entries()) {
        const name = hands.names[index]!
        await announce(hands, name, `before_release, ${index + 1} of ${commands.length}`, command)
        const code = await runThrowAway(hands, known.release!.id, { name, command, purpose: 'before_release' })
        if (code !== 0) throw new Refusal('conflict', `before_release ended with exit code ${code}: ${command}`)
      }
      return { throwAways: hands.names }
    },
    compensate: (known: Before, hands) => afterRollback(hands, known),
    lasting: (known: Before, hands) => whatLasts(hands, known),
  })
}

function commandsOf(manifest: Made['manifest']): string[] {
  return manifest ? [...manifest.beforeRelease, ...manifest.afterRollback] : []
}

/** Whenever any command had begun, also one whose container is gone. */
async function afterRollback(hands: Hands, { manifest, release }: Made): Promise<void> {
  const { beforeRelease: commands = [], afterRollback: undoing = [] } = manifest ?? {}
  const begun = await begunOf(hands.names.slice(0, commands.length))
  if (begun.length === 0) return
  const driver = await hands.driver()
  const names = hands.names.slice(commands.length)
  const ended = await endedOf(names)
  for (const [index, command] of undoing.entries()) {
    const name = names[index]!
    if (ended.includes(name)) continue
    await announce(hands, name, `after_rollback, ${index + 1} of ${undoing.length}`, command)
    try {
      const code = await runThrowAway(hands, release!.id, { name, command, purpose: 'after_rollback' })
      if (code !== 0) throw new Refusal('conflict', `after_rollback ended with exit code ${code}: ${command}`)
    } catch (error) {
      // The next try runs it anew; a recorded exit code would only be read again.
      if (error instanceof Refusal) await driver.remove({ name })
      throw error
    }
    await hands.transaction((tx) => tx.update(containers).set({ stoppedAt: new Date() }).where(inArray(containers.name, [name])))
  }
  for (const name of hands.names) await driver.remove({ name })
}

/** Every command that had begun, also one that failed; answered once all of after_rollback has run. */
async function whatLasts({ names }: Hands, { manifest }: Made): Promise<Lasting | null> {
  const { beforeRelease: commands = [], afterRollback: undoing = [] } = manifest ?? {}
  const begun = await begunOf(names.slice(0, commands.length))
  if (begun.length === 0) return null
  const ended = await endedOf(names.slice(commands.length))
  const answered = undoing.length > 0 && ended.length === undoing.length
  return { by: 'before_release', did: commands.slice(0, begun.length), answer: answered ? { by: 'after_rollback', did: undoing } : null }
}

/** What a former runner began does not begin again, and the log must not read as if it did. */
async function announce(hands: Hands, name: string, which: string, command: string): Promise<void> {
  const state = await (await hands.driver()).inspect({ name })
  if (state === null) hands.log(`${which}: ${command}`)
  else if (state.running) hands.log(`${which}, goes on; its container was adopted, not started again: ${command}`)
  else hands.log(`${which}, has ended already and is not run again; its exit code is taken over: ${command}`)
}

/** Those that have done their work: they do not run again when another runner goes on with the rollback. */
async function endedOf(names: string[]): Promise<string[]> {
  if (names.length === 0) return []
  const rows = await db.select({ name: containers.name }).from(containers).where(and(inArray(containers.name, names), isNotNull(containers.stoppedAt)))
  return rows.map(({ name }) => name)
}
