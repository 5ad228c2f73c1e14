import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { resources } from '#drizzle/schema/resource.ts'
import { stacks } from '#drizzle/schema/stack.ts'
import { db } from '../db/client.ts'
import { tester } from '../runner/rehearsal.ts'
import { checkChangedStack, checkNewStack } from './check-engine.ts'

const strategy = 'bluegreen' as const
let root: string
let stack: number
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'davit-places-'))
  for (const folder of ['free', 'taken']) mkdirSync(join(root, folder))
  writeFileSync(join(root, 'file'), '')
  writeFileSync(join(root, 'taken', '.davit-place'), '0123456789abcdef fast')
  const [resource] = await db.insert(resources).values({ kind: 'stack', handle: 'quay' }).returning()
  stack = resource!.id
  await db.insert(stacks).values({ id: stack, handle: 'quay', driver: 'local', settings: { places: [{ name: 'local' }, { name: 'away', folder: join(root, 'away') }] } })
})
afterAll(() => rmSync(root, { recursive: true }))

const placesAt = (folders: Record<string, string>) => ({ driver: 'local', settings: { places: Object.entries(folders).map(([name, folder]) => ({ name, folder: join(root, folder) })) } })

test('a new place that cannot be used is told beside its folder, and nothing is recorded', async () => {
  const places = placesAt({ free: 'free', file: 'file', nowhere: 'nowhere', taken: 'taken' })
  const told = {
    code: 'unavailable',
    message: 'The stack could not be used like this, so nothing was recorded.',
    fields: {
      'settings.places.1.folder': `there is no folder ${root}/file`,
      'settings.places.2.folder': `there is no folder ${root}/nowhere`,
      'settings.places.3.folder': `${root}/taken belongs to another place`,
    },
  }
  await expect(checkNewStack(tester, { handle: 'quay-2', strategy, ...places })).rejects.toMatchObject(told)
  await expect(checkChangedStack(tester, { stack, handle: 'quay', strategy, ...places })).rejects.toMatchObject(told)
})

test('a stack is changed while a place that it has is away', async () => {
  await checkChangedStack(tester, { stack, handle: 'quay', strategy, ...placesAt({ away: 'away', free: 'free' }) })
  const led = checkChangedStack(tester, { stack, handle: 'quay', strategy, ...placesAt({ away: 'file' }) })
  await expect(led).rejects.toMatchObject({ fields: { 'settings.places.0.folder': `there is no folder ${root}/file` } })
})
