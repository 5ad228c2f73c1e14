import { expect, test } from 'vitest'
import { z } from 'zod'
import { createMemoryDriver } from '../drivers/memory/driver.ts'
import { createMemoryWorld } from '../drivers/memory/world.ts'
import { requestCancel } from './cancel.ts'
import { operation } from './define.ts'
import { ended, gate, journalOf, logOf, makeResource, startTestRunner, tester } from './rehearsal.ts'
import { start } from './start.ts'

const url = 'https://git.example.org/deaf'

test('what a step runs is killed under it when it does not stop within the grace, and only then it is undone', async () => {
  const world = createMemoryWorld()
  const version = world.push(url, { procfile: 'web: serve' })
  const inside = gate()
  const order: string[] = []
  const deaf = operation({
    kind: 'stack',
    type: 'be deaf',
    schema: z.object({ stack: z.number() }),
    scope: 'operate',
    target: async ({ stack }) => ({ resource: { id: stack }, title: 'Be deaf' }),
  }).step('one', {
    undoes: 'one',
    makes: () => 1,
    run: async (_known, hands) => {
      const driver = await hands.driver()
      const [name] = hands.names as [string]
      const owner = { id: 1, handle: 'deaf' }
      const image = await driver.pull(
        { name: `${name}-build`, owner, sources: [{ url, credential: null }], ref: 'HEAD', buildCommand: null, version, variables: {}, fence: 1 },
        hands.io,
      )
      await driver.start({ name, owner, environment: 1, image: image.id, place: 'local', command: 'serve', variables: {}, port: true, fence: 1 }, hands.io)
      void inside.pass()
      // It hears no signal: its output ends only with its container.
      for await (const _line of driver.logs({ name }, 0, new AbortController().signal)) continue
      order.push('the step has stopped')
      throw new Error('its container is gone')
    },
    compensate: () => void order.push('the step is undone'),
  })
  const runner = await startTestRunner({ definitions: [deaf], openDriver: async () => createMemoryDriver(world), graceMs: 50 })
  const { id } = await start(deaf, { stack: await makeResource('stack', 'deaf') }, tester)
  await inside.reached
  await requestCancel(tester, id, () => 'operate')
  expect(await ended(id)).toMatchObject({ status: 'cancelled', rollback: 'complete' })
  expect(order).toEqual(['the step has stopped', 'the step is undone'])
  expect(await journalOf(id)).toEqual(['run one: failed', 'compensate one: succeeded'])
  expect(await logOf(id)).toContain('The step did not stop when asked; what it runs is killed.')
  await runner.drain(1000)
})
