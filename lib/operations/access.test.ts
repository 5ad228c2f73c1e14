import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { apps } from '#drizzle/schema/app.ts'
import { operations } from '#drizzle/schema/operation.ts'
import { resources } from '#drizzle/schema/resource.ts'
import { environments, stacks } from '#drizzle/schema/stack.ts'
import type { Actor, Scope } from '../auth/actor.ts'
import { db } from '../db/client.ts'
import { markResolved } from '../runner/block.ts'
import { requestCancel } from '../runner/cancel.ts'
import { start } from '../runner/start.ts'
import { deploy } from './deploy.ts'
import { provisionApp } from './provision-app.ts'
import { provisionStack } from './provision-stack.ts'
import { rollback } from './rollback.ts'
import { runAgain } from './run-again.ts'
import { scopeOfOperation } from './scope-of.ts'
import { session } from './session.ts'
import { updateStack } from './update-stack.ts'

async function resource(kind: string, environmentId: number | null = null) {
  const [row] = await db.insert(resources).values({ kind, handle: randomUUID(), environmentId }).returning()
  return row!
}

async function makePlace() {
  const [stack, environment] = [await resource('stack'), await resource('environment')]
  const app = await resource('app', environment.id)
  await db.insert(stacks).values({ id: stack.id, handle: stack.handle, driver: 'memory' })
  await db.insert(environments).values({ id: environment.id, stackId: stack.id, handle: environment.handle })
  await db.insert(apps).values({ id: app.id, environmentId: environment.id, handle: app.handle })
  const record = async (type: string, input: object, more: Partial<typeof operations.$inferInsert> = {}) => {
    const [row] = await db
      .insert(operations)
      .values({
        type, title: type, input, plan: [], resourceId: app.id, resourceKind: 'app', resourceHandle: 'x', environmentId: environment.id, appId: app.id,
        actorKind: 'user', actorName: 'Ada', source: 'dashboard', requestKey: randomUUID(), ...more,
      })
      .returning({ id: operations.id })
    return row!.id
  }
  const as = (...scopes: Scope[]): Actor => ({ kind: 'user', id: 2, name: 'Eve', email: null, owner: false, scopes: { [environment.id]: scopes } })
  return { stack: stack.id, environment: environment.id, app: app.id, record, as }
}

const codeOf = (promise: Promise<unknown>) => promise.then(() => 'done', (error: { code: string; message: string }) => `${error.code}: ${error.message}`)

test('where one sees nothing, a thing that is there is refused word for word as one that is not', async () => {
  const { app, environment, record, as } = await makePlace()
  const stranger = { ...as(), scopes: { 987_654: ['admin'] } } satisfies Actor
  const running = await record('deploy', { app })
  const answers = (there: { app: number; environment: number; operation: number }) =>
    Promise.all(
      [
        start(deploy, { app: there.app }, stranger),
        start(session, { app: there.app, command: 'env' }, stranger),
        start(provisionApp, { environment: there.environment, handle: 'x', sources: [{ url: 'https://example.org/x' }] }, stranger),
        start(rollback, { operation: there.operation }, stranger),
        runAgain(stranger, there.operation, randomUUID()),
        requestCancel(stranger, there.operation, scopeOfOperation),
        markResolved(stranger, there.operation, 'x'),
      ].map(codeOf),
    )
  const seen = await answers({ app, environment, operation: running })
  expect(seen).toEqual(await answers({ app: 999_999, environment: 999_999, operation: 999_999 }))
  expect(new Set(seen)).toEqual(new Set(['not_found: There is nothing here that you may see.']))
})

test('what is lacking is refused before anything is said about what is there, and by name', async () => {
  const { app, as } = await makePlace()
  expect(await codeOf(start(deploy, { app }, as('read')))).toMatch(/^forbidden: This needs deploy /)
  expect(await codeOf(start(session, { app, command: 'env' }, as('operate')))).toMatch(/^forbidden: This needs sensitive /)
  expect(await codeOf(start(session, { app, command: 'env' }, as('operate', 'sensitive')))).toMatch(/^conflict: .*has no release yet/)
})

test('stacks are for owners, whether or not there is one of that id', async () => {
  const { stack, as } = await makePlace()
  const update = (id: number) => codeOf(start(updateStack, { stack: id, handle: 'new', strategy: 'bluegreen' }, as('admin')))
  expect(await update(stack)).toBe('forbidden: Only owners may do this.')
  expect(await update(999_999)).toBe('forbidden: Only owners may do this.')
  expect(await codeOf(start(provisionStack, { handle: 'mine', driver: 'local' }, as('admin')))).toMatch(/^forbidden/)
})

test('cancelling and running again need the scope of the type, and rolling back that of what it undoes', async () => {
  const { app, record, as } = await makePlace()
  const scaled = await record('scale', { app, formation: {} }, { status: 'succeeded', startedAt: new Date(), finishedAt: new Date() })
  const back = await record('rollback', { operation: scaled }, { rollsBackId: scaled })
  expect(await scopeOfOperation(scaled)).toBe('operate')
  expect(await scopeOfOperation(back)).toBe('operate')
  expect(await codeOf(start(rollback, { operation: scaled }, as('deploy')))).toMatch(/^forbidden: This needs operate /)
  expect(await codeOf(start(rollback, { operation: scaled }, as('operate')))).toMatch(/^conflict/)
  expect(await codeOf(runAgain(as('deploy'), scaled, randomUUID()))).toMatch(/^forbidden/)
  expect(await codeOf(requestCancel(as('deploy'), back, scopeOfOperation))).toMatch(/^forbidden/)
  expect(await codeOf(markResolved(as('operate', 'deploy'), back, 'x'))).toMatch(/^forbidden: This needs admin /)
  expect(await codeOf(requestCancel(as('operate'), back, scopeOfOperation))).toBe('done')
})
