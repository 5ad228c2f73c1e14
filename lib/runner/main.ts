import { readFileSync } from 'node:fs'
import { eq } from 'drizzle-orm'
import { stacks } from '#drizzle/schema/stack.ts'
import { config } from '../config.ts'
import { checkIdentity } from '../container/identity.ts'
import { createSweep } from '../container/sweep.ts'
import { db, sql } from '../db/client.ts'
import { refuseOlderDatabase } from '../db/migrate.ts'
import { openDriver } from '../drivers/index.ts'
import { definitions } from '../operations/index.ts'
import { createSchedule } from '../operations/schedule.ts'
import { throughOutages } from './outage.ts'
import { type RunnerOptions, startRunner } from './runner.ts'

/** Hands over within this, so that the successor goes on within ten seconds of a SIGTERM. */
const DRAIN_MS = 8000

/** The process that claims operations and carries them out. An error it does not know ends it; its successor takes over. */
const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }

// A db that is away is waited for, here as later.
await throughOutages(() => refuseOlderDatabase(sql), () => true)
await throughOutages(checkIdentity, () => true)
const sweep = createSweep((line) => console.log(line))
const askForDue = createSchedule((line) => console.log(line))
const options: RunnerOptions = {
  name: config.runnerName,
  version,
  definitions,
  slots: config.runnerSlots,
  leaseSeconds: config.leaseSeconds,
  // Side by side: engines may take their time.
  sweep: async (guard) => void (await Promise.all([sweep(guard), askForDue()])),
  async openDriver(stackId) {
    const [stack] = await db.select().from(stacks).where(eq(stacks.id, stackId))
    if (!stack) throw new Error(`there is no stack ${stackId}`)
    return openDriver(stack)
  },
}
const runner = await throughOutages(() => startRunner(options), () => true)
console.log(`runner ${config.runnerName} is live`)

const drain = () => void runner.drain(DRAIN_MS)
process.once('SIGTERM', drain)
process.once('SIGINT', drain)
const ending = await runner.done
console.log(`runner ${config.runnerName} ends: ${ending}`)
process.exit(ending === 'drained' ? 0 : 1)
