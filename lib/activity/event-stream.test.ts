import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { roles, roleScopes, sessions, userRoles, users } from '#drizzle/schema/access.ts'
import { resources } from '#drizzle/schema/resource.ts'
import { environments, stacks } from '#drizzle/schema/stack.ts'
import { endSessions, lookUpSession, tellAccessChanged } from '../auth/sessions.ts'
import { db, sql } from '../db/client.ts'
import { eventStream } from './event-stream.ts'
import { watchSession, whileSession } from './session-watch.ts'

async function place(kind: string, environmentId: number | null = null) {
  const [row] = await db.insert(resources).values({ kind, handle: randomUUID(), environmentId }).returning()
  return row!.id
}

async function makeEnvironment() {
  const [stack, id] = [await place('stack'), await place('environment')]
  await db.insert(stacks).values({ id: stack, handle: randomUUID(), driver: 'memory' })
  await db.insert(environments).values({ id, stackId: stack, handle: randomUUID() })
  return id
}

/** Somebody signed in who may read one environment. */
async function signInReader(environmentId: number) {
  const [user] = await db.insert(users).values({ email: randomUUID(), name: 'Eve', passwordHash: 'x' }).returning()
  const [role] = await db.insert(roles).values({ name: randomUUID() }).returning()
  await db.insert(roleScopes).values({ roleId: role!.id, environmentId, scope: 'read' })
  await db.insert(userRoles).values({ userId: user!.id, roleId: role!.id })
  const [session] = await db.insert(sessions).values({ userId: user!.id, expiresAt: new Date(Date.now() + 60_000) }).returning()
  return { id: session!.id, role: role!.id, actor: (await lookUpSession(session!.id))! }
}

async function openStream(session: Awaited<ReturnType<typeof signInReader>>) {
  const abort = new AbortController()
  const reader = eventStream(null, session, abort.signal).body!.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  /** Reads on until it says that, or ends. */
  const until = async (wanted: string) => {
    while (!text.includes(wanted)) {
      const { done, value } = await reader.read()
      if (done) return 'ended'
      text += value
    }
    const before = text.slice(0, text.indexOf(wanted))
    text = text.slice(text.indexOf(wanted) + wanted.length)
    return before
  }
  return { until, abort }
}

const say = (app: number) => sql`select pg_notify('davit_containers', ${String(app)})`

test('a stream tells of what its reader may read, in order, and of nothing else', async () => {
  const [mine, theirs] = [await makeEnvironment(), await makeEnvironment()]
  const [first, hidden, second] = [await place('app', mine), await place('app', theirs), await place('app', mine)]
  const { until, abort } = await openStream(await signInReader(mine))
  await until('everything')
  for (const app of [first, hidden, hidden, second]) await say(app)
  expect(await until(`"about":${second}`)).toMatch(new RegExp(`"about":${first}}`))
  await say(hidden)
  await say(first)
  expect(await until(`"about":${first}`)).not.toContain(`"about":${hidden}`)
  abort.abort()
})

test('ending a session closes its stream at once, and no other', async () => {
  const mine = await makeEnvironment()
  const [one, other] = [await signInReader(mine), await signInReader(mine)]
  const [closing, staying] = [await openStream(one), await openStream(other)]
  await Promise.all([closing.until('everything'), staying.until('everything')])
  await db.transaction((tx) => endSessions(tx, { id: one.id }))
  expect(await closing.until('never said')).toBe('ended')
  const app = await place('app', mine)
  await say(app)
  expect(await staying.until(`"about":${app}`)).not.toBe('ended')
  staying.abort.abort()
})

test('a scope that is taken away is taken from the open stream too', async () => {
  const mine = await makeEnvironment()
  const session = await signInReader(mine)
  const { until, abort } = await openStream(session)
  await until('everything')
  await sql`delete from role_scopes where role_id = ${session.role}`
  await tellAccessChanged(db)
  await until('everything')
  const app = await place('app', mine)
  await say(app)
  await sql`insert into role_scopes (role_id, environment_id, scope) values (${session.role}, ${mine}, 'read')`
  await tellAccessChanged(db)
  expect(await until('everything')).not.toContain(`"about":${app}`)
  abort.abort()
})

test('a download that is still running fails when its session ends', async () => {
  const session = await signInReader(await makeEnvironment())
  const abort = new AbortController()
  async function* lines() {
    yield 'one'
    await new Promise<void>((resolve) => abort.signal.addEventListener('abort', () => resolve()))
  }
  const text = whileSession(session.id, () => true, lines(), abort)
  expect((await text.next()).value).toBe('one')
  // It may fail before the transaction is known to have ended: somebody has to listen by then.
  const failed = expect(text.next()).rejects.toThrow('the session ended')
  await db.transaction((tx) => endSessions(tx, { id: session.id }))
  await failed
})

test('a session that has ended before it is watched is told of at once', async () => {
  const session = await signInReader(await makeEnvironment())
  await db.transaction((tx) => endSessions(tx, { id: session.id }))
  const told: unknown[] = []
  await watchSession(session.id, (actor) => told.push(actor))
  expect(told).toEqual([null])
})
