import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { apps } from '#drizzle/schema/app.ts'
import { resources } from '#drizzle/schema/resource.ts'
import { environments, stacks } from '#drizzle/schema/stack.ts'
import type { Actor } from '../auth/actor.ts'
import { db } from '../db/client.ts'
import { start } from '../runner/start.ts'
import { deprovisionEnvironment } from './deprovision-environment.ts'

const owner: Actor = { kind: 'user', id: null, name: 'Ada', email: null, owner: true, scopes: {} }

async function makeEnvironment(appCount: number) {
  const make = async (kind: string, handle: string, environmentId: number | null = null) =>
    (await db.insert(resources).values({ kind, handle, environmentId }).returning())[0]!.id
  const handle = `place-${randomUUID()}`
  const [stack, environment] = [await make('stack', handle), await make('environment', handle)]
  await db.insert(stacks).values({ id: stack, handle, driver: 'memory' })
  await db.insert(environments).values({ id: environment, stackId: stack, handle })
  for (let n = 1; n <= appCount; n++) {
    const app = `app-${String(n).padStart(2, '0')}`
    await db.insert(apps).values({ id: await make('app', app, environment), environmentId: environment, handle: app })
  }
  return { environment, confirm: handle }
}

test.each([
  [1, 'deprovision app-01 first'],
  [10, 'app-09, app-10 first'],
  [13, 'app-09, app-10 and 3 more first'],
])('with %i apps in it, the refusal says so: %s', async (count, words) => {
  await expect(start(deprovisionEnvironment, await makeEnvironment(count), owner)).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining(words) })
})
