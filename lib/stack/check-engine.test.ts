import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { databases } from '#drizzle/schema/database.ts'
import { resources } from '#drizzle/schema/resource.ts'
import { environments, stacks } from '#drizzle/schema/stack.ts'
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

/** What answers there calls itself that engine. */
async function answerAs(ID: string) {
  const folder = mkdtempSync(join(tmpdir(), 'davit-answering-'))
  const socketPath = join(folder, 'engine.sock')
  const server = createServer((request, answer) => answer.setHeader('content-type', 'application/json').end(JSON.stringify(request.url?.endsWith('/version') ? { Version: '28', ApiVersion: '1.50' } : { ID, DockerRootDir: '/' })))
  await once(server.listen(socketPath), 'listening')
  onTestFinished(() => {
    server.close()
    rmSync(folder, { recursive: true })
  })
  return socketPath
}

test('a stack is not led to another engine while a database is on its own', async () => {
  const other = await answerAs('another')
  await checkChangedStack(tester, changed(other))
  const [environment, database] = await db.insert(resources).values(['environment', 'database'].map((kind) => ({ kind, handle: `the-${kind}` }))).returning({ id: resources.id })
  await db.insert(environments).values({ id: environment!.id, stackId: stack, handle: 'staging' })
  const row = { id: database!.id, environmentId: environment!.id, handle: 'the-database', type: 'postgresql', version: '18', image: { id: 'i', version: '18.4' }, place: 'docker', memoryMb: 64, volumeMb: 256, volume: 'v', credentials: 'sealed' }
  await db.insert(databases).values(row)
  await expect(checkChangedStack(tester, changed(other))).rejects.toMatchObject({ fields: { 'settings.socketPath': expect.stringContaining('the-database of staging lives on the one that the stack has') } })
  await db.update(databases).set({ deprovisionedAt: new Date() })
  await checkChangedStack(tester, changed(other))
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
