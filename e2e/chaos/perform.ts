import { randomUUID } from 'node:crypto'
import { desc, eq, isNull } from 'drizzle-orm'
import { operations } from '#drizzle/schema/operation.ts'
import type { Actor } from '#lib/auth/actor.ts'
import { db, sql } from '#lib/db/client.ts'
import { findDefinition } from '#lib/operations/index.ts'
import { throughOutages } from '#lib/runner/outage.ts'
import { start } from '#lib/runner/start.ts'

export const actor: Actor = { kind: 'user', id: null, name: 'Chaos', email: null, owner: true, scopes: {} }
/** Everything that was begun has to end within this; a build and a before_release take seconds. */
const settleSeconds = 240

/** Records an operation whatever happens to the db meanwhile; the same key makes that safe. */
export function record(kind: string, type: string, input: object, requestKey: string): Promise<{ id: number }> {
  return throughOutages(() => start(findDefinition(kind, type), input, actor, { requestKey }), () => true)
}

/** Carries one operation out to its good end, and says on which resource it was. */
export async function perform(kind: string, type: string, input: object): Promise<number> {
  const { id } = await record(kind, type, input, randomUUID())
  const row = await untilEnded(id)
  if (row.status !== 'succeeded') throw new Error(`${row.title} ended ${row.status}: ${row.error}`)
  return row.resourceId
}

async function untilEnded(id: number) {
  const deadline = AbortSignal.timeout(settleSeconds * 1000)
  for (;;) {
    const [row] = await db.select().from(operations).where(eq(operations.id, id)).orderBy(desc(operations.id))
    if (row?.finishedAt) return row
    await nextChange(deadline)
  }
}

export async function untilSettled(): Promise<void> {
  const limit = AbortSignal.timeout(settleSeconds * 1000)
  const countOpen = () => throughOutages(() => db.$count(operations, isNull(operations.finishedAt)), () => true)
  // What does not settle is a finding of its own, with its name; so the limit ends the waiting and not the run.
  while ((await countOpen()) > 0 && !limit.aborted) await nextChange(limit).catch(() => {})
}

let changed = Promise.withResolvers<void>()
let listening: Promise<unknown> | null = null

/** The next hint that an operation changed; a lost one is made good within half a second. */
async function nextChange(limit: AbortSignal): Promise<void> {
  limit.throwIfAborted()
  const tell = () => {
    changed.resolve()
    changed = Promise.withResolvers<void>()
  }
  await throughOutages(() => (listening ??= sql.listen('davit_operations', tell).catch((error: unknown) => ((listening = null), Promise.reject(error)))), () => true)
  const timer = setTimeout(tell, 500)
  await changed.promise
  clearTimeout(timer)
}
