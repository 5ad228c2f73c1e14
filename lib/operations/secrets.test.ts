import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { sql } from '../db/client.ts'
import { ended, logOf } from '../runner/rehearsal.ts'
import { configure } from './configure.ts'
import { deploy } from './deploy.ts'
import { session } from './session.ts'
import { updateApp } from './update-app.ts'
import { repository, storefront, World } from './world.ts'

const secret = 'sesame-open-thyself'

let world: World
beforeAll(async () => {
  world = await World.open()
  world.engine.script('betray', async (self) => {
    await self.poked
    self.say(`my secret is ${self.variables.TOKEN}`)
    return 1
  })
})
beforeEach(() => {
  world.crew.hook = () => {}
})
afterAll(async () => {
  await world.crew.dismiss()
  await world.close()
})

/** Everything that is kept of operations and shown to whoever may read. */
async function kept(): Promise<string> {
  const rows = await sql`
    select to_jsonb(o)::text as text from operations o union all select to_jsonb(l)::text from log_lines l
    union all select to_jsonb(s)::text from steps s union all select to_jsonb(e)::text from events e`
  return rows.map(({ text }) => text as string).join('\n')
}

test('values of variables are kept out of operations, steps and logs, also by a runner that takes over', async () => {
  const app = await world.makeServedApp()
  await world.crew.carryOut(configure, { app, set: { TOKEN: { value: secret } } })
  await world.crew.start(session, { app, command: 'betray' })
  world.push({ ...storefront, procfile: 'web: betray\nworker: serve' })
  let died = false
  world.crew.hook = async ({ member, step, point, direction }) => {
    if (died || deploy.steps[step]?.name !== 'wait until they are healthy' || point !== 'opened' || direction !== 'run') return
    died = true
    await member.kill()
    await world.crew.hire()
    for (const { name } of world.running()) world.engine.poke(name)
  }
  const row = await ended((await world.crew.start(deploy, { app })).id)
  expect(row.status).toBe('failed')
  expect(row.error).toContain('my secret is [secret]')
  expect((await logOf(row.id)).some((line) => line.includes('my secret is [secret]'))).toBe(true)
  expect(await kept()).not.toContain(secret)
})

test('credentials of sources are sealed before they are recorded', async () => {
  const app = await world.makeApp()
  await world.crew.carryOut(updateApp, { app, handle: 'sealed', sources: [{ url: repository, credential: secret }], ref: 'main', buildCommand: null })
  expect(await kept()).not.toContain(secret)
})
