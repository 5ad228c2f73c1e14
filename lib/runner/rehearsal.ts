import { and, eq, exists, getTableColumns, sql as fragment } from 'drizzle-orm'
import { z } from 'zod'
import { holds } from '#drizzle/schema/hold.ts'
import { logLines, steps } from '#drizzle/schema/journal.ts'
import { operations } from '#drizzle/schema/operation.ts'
import { resources } from '#drizzle/schema/resource.ts'
import type { Actor } from '../auth/actor.ts'
import { db, sql } from '../db/client.ts'
import { claim } from './claim.ts'
import { type Builder, operation } from './define.ts'
import { type Runner, type RunnerOptions, startRunner } from './runner.ts'

/** What the runner's own tests stand on: resources, a small operation type, runners that can be left for dead. */
export const tester: Actor = { kind: 'davit', id: null, name: 'Tester', email: null, owner: true, scopes: {} }

export async function makeResource(kind = 'thing', handle = 'thing'): Promise<number> {
  const [row] = await db.insert(resources).values({ kind, handle }).returning({ id: resources.id })
  return row!.id
}

const OnThing = z.object({ thing: z.number(), also: z.array(z.object({ id: z.number(), mode: z.enum(['shared', 'exclusive']) })).default([]) })

/** The beginning of an operation type on a thing. */
export function onThing(type: string, head: { passesBlocks?: boolean } = {}) {
  return operation({
    kind: 'thing',
    type,
    schema: OnThing,
    scope: 'operate',
    target: async ({ thing, also }) => ({ resource: { id: thing }, also, title: `${type} thing` }),
    ...head,
  })
}

export type ThingBuilder = ReturnType<typeof onThing> | Builder<typeof OnThing, never>

export function startTestRunner(options: Partial<RunnerOptions> & Pick<RunnerOptions, 'definitions'>): Promise<Runner> {
  return startRunner({
    name: `test-${Math.random().toString(36).slice(2)}`,
    version: 'test',
    slots: 20,
    leaseSeconds: 5,
    openDriver: () => Promise.reject(new Error('this test has no driver')),
    backOffMs: () => 1,
    ...options,
  })
}

/** What another runner does once the lease has expired: it calls this one dead, and whoever comes next takes what it had. */
export async function expire(runner: Runner): Promise<void> {
  await sql`update runners set state = 'dead', lease_expires_at = clock_timestamp() - interval '1 second' where id = ${runner.id}`
}

const watchers = new Set<() => void>()
let listening: Promise<unknown> | undefined

/** Waits for something to become true of the db, looking again at each change of an operation. */
export async function until<T>(look: () => Promise<T | null | undefined | false>): Promise<T> {
  listening ??= sql.listen('davit_operations', () => watchers.forEach((wake) => wake()))
  await listening
  let changed = Promise.withResolvers<void>()
  const wake = () => changed.resolve()
  watchers.add(wake)
  // Changes of other tables send no such hint; they are looked for ten times a second.
  const timer = setInterval(wake, 100)
  try {
    for (;;) {
      const found = await look()
      if (found) return found
      await changed.promise
      changed = Promise.withResolvers<void>()
    }
  } finally {
    clearInterval(timer)
    watchers.delete(wake)
  }
}

/** Its row, and whether its turn has come: whether what it asked to hold is held. */
export async function findOperation(id: number) {
  const held = db.select({ id: holds.operationId }).from(holds).where(and(eq(holds.operationId, operations.id), eq(holds.state, 'held')))
  const [row] = await db.select({ ...getTableColumns(operations), ready: fragment<boolean>`${exists(held)}` }).from(operations).where(eq(operations.id, id))
  return row!
}

export function ended(id: number) {
  return until(async () => {
    const row = await findOperation(id)
    return row.finishedAt && row
  })
}

export function inStatus(id: number, status: string) {
  return until(async () => {
    const row = await findOperation(id)
    return row.status === status && row
  })
}

/** The journal as a table: one line an attempt, in the order in which they were opened. */
export async function journalOf(id: number): Promise<string[]> {
  const rows = await db.select().from(steps).where(eq(steps.operationId, id)).orderBy(steps.startedAt)
  return rows.map((row) => `${row.direction} ${row.name}: ${row.state}`)
}

export async function logOf(id: number): Promise<string[]> {
  const rows = await db.select().from(logLines).where(eq(logLines.operationId, id)).orderBy(logLines.seq)
  return rows.map((row) => row.text)
}

/** A place where code under test waits until the test lets it go on. */
export function gate() {
  const reached = Promise.withResolvers<void>()
  const opened = Promise.withResolvers<void>()
  return {
    reached: reached.promise,
    open: () => opened.resolve(),
    async pass() {
      reached.resolve()
      await opened.promise
    },
  }
}

/** The code of a step that does nothing but hear when it has to stop. */
export function untilAborted(inside: { pass(): Promise<void> }) {
  return (_known: unknown, { signal }: { signal: AbortSignal }) =>
    new Promise<void>((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true })
      void inside.pass()
    })
}

/** A runner's row without a runner, for tests that claim by hand. */
export async function enlist(leaseSeconds = 60): Promise<string> {
  const [row] = await sql<{ id: string }[]>`
    insert into runners (id, name, version, pid, state, lease_expires_at)
    values (gen_random_uuid(), 'by hand', 'test', 0, 'live', clock_timestamp() + make_interval(secs => ${leaseSeconds})) returning id`
  return row!.id
}

/** Claims everything that is ready for a runner that was enlisted. */
export function claimAll(runnerId: string) {
  return claim(sql, runnerId, ['thing.plain'], [], 100)
}

/** An operation on a thing that tests move by hand. */
export const plain = onThing('plain').step('one', { undoes: null, run: () => {} })

/** Resolves once so many backends of this database wait for a lock. */
export function waitingForLocks(count: number) {
  return until(async () => {
    const [row] = await sql<{ n: number }[]>`
      select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
    return row!.n >= count
  })
}
