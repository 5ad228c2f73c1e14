import { beforeAll, expect, test } from 'vitest'
import { resources } from '#drizzle/schema/resource.ts'
import { stacks } from '#drizzle/schema/stack.ts'
import { db } from '../db/client.ts'
import { tester } from '../runner/rehearsal.ts'
import { checkChangedStack, checkNewStack, testConnection } from './check-engine.ts'

const away = '/nowhere/docker.sock'
const told = { code: 'unavailable', fields: { 'settings.socketPath': `There is no socket at ${away}. Is the engine running?` } }
const settings = (socketPath: string) => ({ driver: 'docker', settings: { socketPath, registries: [] } })
const visitor = { ...tester, kind: 'user' as const, id: 1, owner: false }

let stack: number
beforeAll(async () => {
  const [resource] = await db.insert(resources).values({ kind: 'stack', handle: 'quay' }).returning()
  stack = resource!.id
  await db.insert(stacks).values({ id: stack, handle: 'quay', driver: 'docker', settings: { realm: 'r', engine: 'E', socketPath: '/elsewhere/docker.sock' } })
})

const changed = (socketPath: string) => ({ stack, handle: 'quay', strategy: 'bluegreen' as const, ...settings(socketPath) })

test('an engine that is away is told beside the field, before a stack is made or led there', async () => {
  await expect(testConnection(tester, settings(away))).rejects.toMatchObject(told)
  await expect(checkNewStack(tester, { handle: 'quay-2', strategy: 'bluegreen', ...settings(away) })).rejects.toMatchObject(told)
  await expect(checkChangedStack(tester, changed(away))).rejects.toMatchObject(told)
})

test('a stack is renamed while its engine is away', async () => {
  await checkChangedStack(tester, changed('/elsewhere/docker.sock'))
})

test('a stack without an engine has nothing to be asked', async () => {
  expect(await testConnection(tester, { driver: 'local', settings: {} })).toEqual([])
})

test('nobody but an owner has Davit ask at a socket', async () => {
  const only = { code: 'forbidden', message: expect.stringMatching(/^Only owners/) }
  await expect(testConnection(visitor, settings(away))).rejects.toMatchObject(only)
  await expect(checkNewStack(visitor, { handle: 'quay-2', strategy: 'bluegreen', ...settings(away) })).rejects.toMatchObject(only)
  await expect(checkChangedStack(visitor, changed(away))).rejects.toMatchObject(only)
})
