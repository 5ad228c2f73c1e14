import { randomUUID } from 'node:crypto'
import { asc, desc, eq } from 'drizzle-orm'
import { beforeAll, expect, test } from 'vitest'
import { invitations, roles, sessions, users } from '#drizzle/schema/access.ts'
import { events } from '#drizzle/schema/activity.ts'
import { resources } from '#drizzle/schema/resource.ts'
import { environments, stacks } from '#drizzle/schema/stack.ts'
import type { Actor } from '../auth/actor.ts'
import { lookUpSession } from '../auth/sessions.ts'
import { db } from '../db/client.ts'
import { createRole, removeRole, renameRole } from '../role/change.ts'
import { readRoles } from '../role/queries.ts'
import { setScopes } from '../role/set-scopes.ts'
import { acceptInvitation } from './accept-invitation.ts'
import { changeMember } from './change-member.ts'
import { activateMember, deactivateMember } from './deactivate.ts'
import { endSession } from './end-session.ts'
import { inviteMember } from './invite.ts'
import { offerReset } from './offer-reset.ts'
import { changePassword, renameSelf } from './own-account.ts'
import { listInvitations, readOwnAccount } from './queries.ts'
import { resetPassword } from './reset-password.ts'
import { signIn } from './sign-in.ts'
import { withdrawInvitation } from './withdraw-invitation.ts'

const password = 'correct horse battery'
let owner: Actor
let environment: number

beforeAll(async () => {
  const [made] = await db.insert(users).values({ email: 'ada@example.org', name: 'Ada', passwordHash: 'x', owner: true }).returning()
  owner = { kind: 'user', id: made!.id, name: 'Ada', email: made!.email, owner: true, scopes: {} }
  environment = await makeEnvironment()
})

async function makeEnvironment() {
  const place = async (kind: string) => (await db.insert(resources).values({ kind, handle: randomUUID() }).returning())[0]!
  const [stack, row] = [await place('stack'), await place('environment')]
  await db.insert(stacks).values({ id: stack.id, handle: stack.handle, driver: 'memory' })
  await db.insert(environments).values({ id: row.id, stackId: stack.id, handle: row.handle })
  return row.id
}

async function makeRole(scopes: ('read' | 'deploy' | 'admin')[] = ['read'], where = environment) {
  const name = randomUUID()
  await createRole(owner, { name })
  const [row] = await db.select().from(roles).where(eq(roles.name, name))
  await setScopes(owner, { role: row!.id, environment: where, scopes })
  return row!.id
}

const tokenOf = ({ link }: { link: string }) => new URL(link).hash.replace(/^#\w+\./, '')
const address = () => `${randomUUID()}@example.org`
/** What the activity of an environment was told, oldest first. */
const toldIn = async (where: number) => (await db.select().from(events).where(eq(events.environmentId, where)).orderBy(asc(events.id))).map(({ kind, detail }) => `${kind}: ${detail}`)
const lastEvent = async () => (await db.select().from(events).orderBy(desc(events.id)).limit(1))[0]

/** A member who has come in by a link, with the actor of a session. */
async function join(roleIds: number[] = [], more: { owner?: boolean } = {}) {
  const email = address()
  await acceptInvitation({ token: tokenOf(await inviteMember(owner, { email, owner: more.owner ?? false, roles: roleIds })), name: 'Eve', password })
  const session = (await signIn(email, password, { userAgent: 'Firefox' }))!.sessionId
  return { email, session, actor: (await lookUpSession(session))!, id: (await lookUpSession(session))!.id! }
}

test('an invited member has the scopes of the roles they were given, and what changes holds at once', async () => {
  const role = await makeRole(['read', 'deploy'])
  const { id, session, actor } = await join([role])
  expect(actor).toMatchObject({ owner: false, scopes: { [environment]: ['deploy', 'read'] } })
  await setScopes(owner, { role, environment, scopes: [] })
  expect((await lookUpSession(session))!.scopes).toEqual({})
  const second = await makeRole(['admin'])
  await changeMember(owner, { member: id, owner: false, roles: [second] })
  expect((await lookUpSession(session))!.scopes).toEqual({ [environment]: ['admin'] })
  expect(await lastEvent()).toMatchObject({ kind: 'member changed', actorName: 'Ada', environmentId: environment, detail: expect.stringMatching(/: none → admin$/) })
  await removeRole(owner, { role: second })
  expect((await lookUpSession(session))!.scopes).toEqual({})
})

test('an environment that was deprovisioned is there for owners only', async () => {
  const gone = await makeEnvironment()
  const { session } = await join([await makeRole(['admin'], gone)])
  expect((await lookUpSession(session))!.scopes).toEqual({ [gone]: ['admin'] })
  await db.update(environments).set({ deprovisionedAt: new Date() }).where(eq(environments.id, gone))
  expect((await lookUpSession(session))!.scopes).toEqual({})
})

test('the token is nowhere in the database, and stands behind the # of the link', async () => {
  const { link } = await inviteMember(owner, { email: address(), owner: false, roles: [] })
  const token = tokenOf({ link })
  expect(new URL(link)).toMatchObject({ pathname: '/invitation', search: '', hash: `#invite.${token}` })
  expect(token).toHaveLength(43)
  expect(JSON.stringify([await db.select().from(invitations), await db.select().from(events)])).not.toContain(token)
})

test('of two who use an invitation at once one comes in', async () => {
  const email = address()
  const token = tokenOf(await inviteMember(owner, { email, owner: false, roles: [] }))
  const answers = await Promise.allSettled(['Eve', 'Mallory'].map((name) => acceptInvitation({ token, name, password })))
  expect(answers.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  expect(answers.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'conflict' } })
  expect(await db.$count(users, eq(users.email, email))).toBe(1)
  await expect(acceptInvitation({ token, name: 'Eve', password })).rejects.toThrow('has been used already')
})

test('an invitation that is too late, withdrawn, replaced, cut short or of the other kind lets nobody in', async () => {
  const offer = async (email = address()) => tokenOf(await inviteMember(owner, { email, owner: false, roles: [] }))
  const accept = (token: string) => acceptInvitation({ token, name: 'Eve', password })
  const before = await db.$count(users)
  const late = await offer()
  const [newest] = await listInvitations(owner)
  expect(newest!.expiresAt.getTime() - newest!.createdAt.getTime()).toBeCloseTo(7 * 24 * 3_600_000, -5)
  await db.update(invitations).set({ expiresAt: new Date(Date.now() - 1) }).where(eq(invitations.id, newest!.id))
  await expect(accept(late)).rejects.toThrow('has expired')
  const withdrawn = await offer()
  await withdrawInvitation(owner, { invitation: (await listInvitations(owner))[0]!.id })
  await expect(accept(withdrawn)).rejects.toThrow('was withdrawn')
  const email = address()
  const [older] = [await offer(email), await offer(email)]
  await expect(accept(older)).rejects.toThrow('a newer one has taken its place')
  await expect(accept((await offer()).slice(1))).rejects.toThrow('not one of Davit')
  await expect(resetPassword({ token: await offer(), password })).rejects.toThrow('not one of Davit')
  expect(await db.$count(users)).toBe(before)
})

test('whoever is deactivated lets nobody in by a link of theirs', async () => {
  const other = await join()
  await db.update(users).set({ owner: true }).where(eq(users.id, other.id))
  const token = tokenOf(await inviteMember({ ...other.actor, owner: true }, { email: address(), owner: true, roles: [] }))
  await deactivateMember(owner, { member: other.id })
  await expect(acceptInvitation({ token, name: 'Eve', password })).rejects.toThrow('was withdrawn')
})

test('a changed password ends the links to a new one', async () => {
  const { id, actor, session } = await join()
  const token = tokenOf(await offerReset(owner, { member: id }))
  await changePassword(actor, { current: password, password: 'another password' }, session)
  await expect(resetPassword({ token, password })).rejects.toThrow('withdrawn')
})

test('a reset link works for a day, once, and ends every session', async () => {
  const { id, email, session } = await join()
  const token = tokenOf(await offerReset(owner, { member: id }))
  const [row] = await listInvitations(owner)
  expect(row!.expiresAt.getTime() - row!.createdAt.getTime()).toBeCloseTo(24 * 3_600_000, -5)
  await resetPassword({ token, password: 'another password' })
  expect(await lookUpSession(session)).toBeNull()
  expect(await signIn(email, password)).toBeNull()
  expect(await signIn(email, 'another password')).not.toBeNull()
  await expect(resetPassword({ token, password })).rejects.toThrow('has been used already')
})

test('who is deactivated is out at once, and comes back with what they had', async () => {
  const role = await makeRole()
  const { id, email, session } = await join([role])
  const token = tokenOf(await offerReset(owner, { member: id }))
  await deactivateMember(owner, { member: id })
  expect(await lookUpSession(session)).toBeNull()
  expect(await signIn(email, password)).toBeNull()
  expect(await lastEvent()).toMatchObject({ kind: 'sign-in failed', actorId: null, actorEmail: email })
  await expect(resetPassword({ token, password })).rejects.toThrow('withdrawn')
  await expect(inviteMember(owner, { email, owner: false, roles: [] })).rejects.toThrow('Activate them again')
  await activateMember(owner, { member: id })
  expect((await lookUpSession((await signIn(email, password))!.sessionId))!.scopes).toEqual({ [environment]: ['read'] })
})

test('the last owner stays one, also when two leave at once', async () => {
  await expect(deactivateMember(owner, { member: owner.id! })).rejects.toThrow('is the last owner')
  await expect(changeMember(owner, { member: owner.id!, owner: false, roles: [] })).rejects.toThrow('is the last owner')
  const other = await join([], { owner: true })
  const answers = await Promise.allSettled([deactivateMember(owner, { member: owner.id! }), changeMember(other.actor, { member: other.id, owner: false, roles: [] })])
  expect(answers.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  await db.update(users).set({ owner: true, deactivatedAt: null }).where(eq(users.id, owner.id!))
  await db.update(users).set({ owner: false }).where(eq(users.id, other.id))
})

test('one ends one’s own sessions, owners anybody’s, and nobody else any', async () => {
  const [eve, mallory] = [await join(), await join()]
  await expect(endSession(mallory.actor, { session: eve.session })).rejects.toMatchObject({ code: 'not_found' })
  await expect(endSession(mallory.actor, { session: randomUUID() })).rejects.toMatchObject({ code: 'not_found' })
  await endSession(eve.actor, { session: eve.session })
  await endSession(owner, { session: mallory.session })
  expect([await lookUpSession(eve.session), await lookUpSession(mallory.session)]).toEqual([null, null])
  expect(await lastEvent()).toMatchObject({ kind: 'session ended', actorName: 'Ada', detail: `of Eve (${mallory.email})` })
  await expect(endSession(owner, { session: mallory.session })).rejects.toMatchObject({ code: 'conflict' })
})

test('a session says where it is from and, to the minute, when it was last seen', async () => {
  const { actor, session } = await join()
  expect((await readOwnAccount(actor)).sessions).toMatchObject([{ id: session, userAgent: 'Firefox' }])
  await db.update(sessions).set({ lastSeenAt: new Date(0) }).where(eq(sessions.id, session))
  await lookUpSession(session)
  expect((await readOwnAccount(actor)).sessions[0]!.lastSeenAt.getTime()).toBeGreaterThan(Date.now() - 60_000)
})

test('one changes one’s own name and password, and the other sessions end', async () => {
  const { actor, email, session } = await join()
  const other = (await signIn(email, password))!.sessionId
  await expect(changePassword(actor, { current: 'a guess', password: 'another password' }, session)).rejects.toMatchObject({ code: 'invalid', fields: { current: expect.any(String) } })
  await changePassword(actor, { current: password, password: 'another password' }, session)
  expect(await lookUpSession(other)).toBeNull()
  await renameSelf(actor, { name: 'Evelyn' })
  expect(await lookUpSession(session)).toMatchObject({ name: 'Evelyn' })
})

test('members and roles are for owners; an admin changes the roles of their environment and of no other', async () => {
  const elsewhere = await makeEnvironment()
  const role = await makeRole(['read'])
  const { actor, id } = await join([await makeRole(['admin'])])
  const forbidden = { code: 'forbidden' }
  await expect(inviteMember(actor, { email: address(), owner: true, roles: [] })).rejects.toMatchObject(forbidden)
  await expect(changeMember(actor, { member: id, owner: true, roles: [] })).rejects.toMatchObject(forbidden)
  await expect(deactivateMember(actor, { member: owner.id! })).rejects.toMatchObject(forbidden)
  await expect(offerReset(actor, { member: owner.id! })).rejects.toMatchObject(forbidden)
  await expect(renameRole(actor, { role, name: 'mine' })).rejects.toMatchObject(forbidden)
  await expect(setScopes(actor, { role, environment: elsewhere, scopes: ['admin'] })).rejects.toMatchObject({ code: 'not_found' })
  await setScopes(actor, { role, environment, scopes: ['deploy', 'read'] })
  expect(await lastEvent()).toMatchObject({ kind: 'role changed', actorName: 'Eve', environmentId: environment, detail: expect.stringMatching(/: read → read, deploy$/) })
  const seen = await readRoles(actor)
  expect(seen.environments.map((place) => place.id)).toEqual([environment])
  expect(seen.roles.find((row) => row.id === role)).toMatchObject({ members: null, held: [{ environment, scopes: expect.arrayContaining(['read', 'deploy']) }] })
  await expect(readRoles((await join([role])).actor)).rejects.toMatchObject(forbidden)
})

test('a role has one name, whatever its case, and what changes nothing is no activity', async () => {
  await createRole(owner, { name: 'Builders' })
  await expect(createRole(owner, { name: 'builders' })).rejects.toMatchObject({ code: 'conflict', fields: { name: 'taken' } })
  const role = await makeRole(['read'])
  const before = await lastEvent()
  await setScopes(owner, { role, environment, scopes: ['read', 'read'] })
  expect(await lastEvent()).toEqual(before)
})

test('whose access to an environment changes is told in the activity of that environment, and of no other', async () => {
  const [here, there] = [await makeEnvironment(), await makeEnvironment()]
  const [readers, builders] = [await makeRole(['read'], here), await makeRole(['read', 'deploy'], here)]
  const nameOf = async (role: number) => (await db.select().from(roles).where(eq(roles.id, role)))[0]!.name
  const [reader, builder] = [await nameOf(readers), await nameOf(builders)]
  const begun = (await toldIn(here)).length

  const { id, email } = await join([readers])
  await changeMember(owner, { member: id, owner: false, roles: [readers, builders] })
  await changeMember(owner, { member: id, owner: false, roles: [builders] })
  await deactivateMember(owner, { member: id })
  await activateMember(owner, { member: id })
  await setScopes(owner, { role: readers, environment: here, scopes: ['deploy'] })
  await setScopes(owner, { role: builders, environment: here, scopes: ['admin'] })
  await renameRole(owner, { role: builders, name: `${builder} anew` })
  await removeRole(owner, { role: builders })
  expect((await toldIn(here)).slice(begun)).toEqual([
    `invitation accepted: Eve (${email}): none → read`,
    `member changed: Eve (${email}): read → read, deploy`,
    `member changed: Eve (${email}): read, deploy → none`,
    `member changed: Eve (${email}): none → read, deploy`,
    `role changed: ${reader}: read → deploy`,
    `role changed: ${builder}: read, deploy → admin, for Eve`,
    `role changed: ${builder} is now called ${builder} anew`,
    `role removed: ${builder} anew: admin → none, for Eve`,
  ])
  expect(await toldIn(there)).toEqual([])

  await changeMember(owner, { member: id, owner: true, roles: [] })
  await changeMember(owner, { member: id, owner: false, roles: [] })
  expect(await toldIn(there)).toEqual([`member changed: Eve (${email}): none → all, as an owner`, `member changed: Eve (${email}): all, as an owner → none`])
})

test('for an admin a role that concerns other environments only does not exist', async () => {
  const [here, there] = [await makeEnvironment(), await makeEnvironment()]
  const { actor } = await join([await makeRole(['admin'], here)])
  const [shared, elsewhere, nowhere] = [await makeRole(['read'], here), await makeRole(['admin'], there), await makeRole([])]
  await setScopes(owner, { role: shared, environment: there, scopes: ['read'] })
  const shown = await readRoles(actor)
  expect(shown.roles.map(({ id }) => id).toSorted()).toEqual([shared, shared - 1].toSorted())
  expect(shown.roles.flatMap(({ held }) => held.map(({ environment: id }) => id))).toEqual([here, here])
  const refusals = [elsewhere, nowhere, 999_999].map(async (role) => await setScopes(actor, { role, environment: here, scopes: ['read'] }).catch((error: Error) => error.message))
  expect(new Set(await Promise.all(refusals)).size).toBe(1)
  expect((await readRoles(owner)).roles.find(({ id }) => id === elsewhere)!.held.find(({ environment: id }) => id === here)!.scopes).toEqual([])
  await setScopes(actor, { role: shared, environment: here, scopes: ['read', 'deploy'] })
})
