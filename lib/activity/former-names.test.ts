import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { users } from '#drizzle/schema/access.ts'
import { operations } from '#drizzle/schema/operation.ts'
import { resources } from '#drizzle/schema/resource.ts'
import type { Actor } from '../auth/actor.ts'
import { db } from '../db/client.ts'
import { renameSelf } from '../member/own-account.ts'
import { listActivity } from './list-activity.ts'
import { readFilter } from './schema.ts'

const environmentId = 995
const owner = { kind: 'user', id: 1, name: 'Ada', email: null, owner: true, scopes: {} } satisfies Actor
const member = { ...owner, owner: false, scopes: { [environmentId]: ['read'] } } satisfies Actor
const stranger = { ...owner, owner: false, scopes: { 996: ['read'] } } satisfies Actor
const idsOf = async (actor: Actor, text: string) => (await listActivity(actor, readFilter(new URLSearchParams(text)))).rows.map(({ id }) => id)

async function record(app: { id: number; handle: string }, by: { id: number; name: string; email: string } | null = null) {
  const [row] = await db
    .insert(operations)
    .values({
      type: 'deploy', title: 'Deploy', input: {}, plan: [], resourceId: app.id, resourceKind: 'app', resourceHandle: app.handle, environmentId, appId: app.id,
      actorKind: 'user', actorId: by?.id, actorName: by?.name ?? 'Ada', actorEmail: by?.email, source: 'dashboard', requestKey: crypto.randomUUID(),
    })
    .returning()
  return row!.id
}

async function makeApp(handle: string) {
  const [app] = await db.insert(resources).values({ kind: 'app', handle, environmentId }).returning()
  return app!
}

test('what was recorded of a thing before it was renamed is found by the name that it shows, and by the new one', async () => {
  const app = await makeApp('quayside-old')
  const before = await record(app)
  await db.update(resources).set({ handle: 'harbour-new' }).where(eq(resources.id, app.id))
  const after = await record({ ...app, handle: 'harbour-new' })
  const other = await record(await makeApp('quayside-older'))
  for (const actor of [owner, member]) {
    for (const text of ['resource=quayside-old', 'resource=Quayside-Old', 'resource=harbour-new', `resource=${app.id}`, 'q=harbour']) expect(await idsOf(actor, text), text).toEqual([after, before])
    expect(await idsOf(actor, 'q=quayside')).toEqual([other, after, before])
  }
  for (const text of ['resource=quayside-old', 'q=quayside']) expect(await idsOf(stranger, text), text).toEqual([])
})

test('what somebody did before they took another name is found by the name that it shows', async () => {
  const [user] = await db.insert(users).values({ email: 'fm@example.org', name: 'Maidenname', passwordHash: '' }).returning()
  const app = await makeApp('of-somebody')
  const before = await record(app, user)
  await renameSelf({ ...owner, id: user!.id, name: 'Maidenname' }, { name: 'Lastname' })
  for (const text of ['actor=maidenname', 'actor=lastname', 'actor=fm@example']) expect(await idsOf(owner, `${text}&kind=operation`), text).toEqual([before])
  expect(await idsOf(member, 'actor=maidenname&kind=operation')).toEqual([before])
})

test.each(['__proto__', 'constructor', 'toString'])('%s is no filter, and is called so', (name) => {
  expect(() => readFilter([[name, '1']])).toThrow(`There is no filter “${name}” here`)
  expect(() => readFilter(new URLSearchParams(`${name}=1`))).toThrow(`There is no filter “${name}” here`)
})
