import { describe, expect, test } from 'vitest'
import type { Definition } from '../runner/define.ts'
import { findEndpoint } from '../endpoint/queries.ts'
import { markResolved } from '../runner/block.ts'
import { ended, tester } from '../runner/rehearsal.ts'
import { deprovisionEndpoint } from './deprovision-endpoint.ts'
import { deprovisionEnvironment } from './deprovision-environment.ts'
import { provisionApp } from './provision-app.ts'
import { provisionEndpoint } from './provision-endpoint.ts'
import { provisionEnvironment } from './provision-environment.ts'
import { provisionStack } from './provision-stack.ts'
import { retryRollback } from './retry-rollback.ts'
import { updateApp } from './update-app.ts'
import { updateEndpoint } from './update-endpoint.ts'
import { updateEnvironment } from './update-environment.ts'
import { updateStack } from './update-stack.ts'
import { inWorld, repository, resourceOf, World } from './world.ts'

let world: World
inWorld((opened) => (world = opened))

const endpointOf = (app: number, host: string) => ({ app, service: 'web', host })
const appCalled = (handle: string) => ({ environment: world.environment, handle, sources: [{ url: repository }], ref: 'main' })

/** Carries it out, and tries to take its former name right after it was given up; then it fails, or goes on. */
async function takeFrom(giving: Definition, input: object, taking: Definition, taken: object, { fails }: { fails: boolean }) {
  let refusal: unknown
  const last = giving.steps.findLastIndex(({ compensate }) => compensate)
  world.crew.hook = async ({ step, direction, point }) => {
    if (step !== last || direction !== 'run' || point !== 'ran' || refusal !== undefined) return
    refusal = await world.crew.start(taking, taken).then(() => 'nobody refused', (error: unknown) => error)
    if (fails) throw new Error('the test says so')
  }
  const row = await ended((await world.crew.start(giving, input)).id)
  world.crew.hook = () => {}
  return { row, refusal }
}

const message = (operation: number) => expect.objectContaining({ code: 'conflict', message: expect.stringContaining(`Operation ${operation} gives `) })

describe('what an operation gives up stays its own until it has ended', () => {
  test('the host name that an update of an endpoint changes', async () => {
    const [app, other] = [await world.makeServedApp(), await world.makeServedApp()]
    const endpoint = await world.giveEndpoint(app, 'web', 'old.test')
    const update = { endpoint, host: 'new.test' }
    const failed = await takeFrom(updateEndpoint, update, provisionEndpoint, endpointOf(other, 'old.test'), { fails: true })
    expect(failed.refusal).toEqual(message(failed.row.id))
    expect(failed.row).toMatchObject({ status: 'failed', rollback: 'complete' })
    const changed = await takeFrom(updateEndpoint, update, provisionEndpoint, endpointOf(other, 'old.test'), { fails: false })
    expect(changed.refusal).toEqual(message(changed.row.id))
    await world.crew.carryOut(provisionEndpoint, endpointOf(other, 'old.test'))
    await world.beSound()
  })

  test('the host name of an endpoint that is deprovisioned', async () => {
    const [app, other] = [await world.makeServedApp(), await world.makeServedApp()]
    const endpoint = await world.giveEndpoint(app, 'web', 'leaving.test')
    const { row, refusal } = await takeFrom(deprovisionEndpoint, { endpoint, confirm: 'leaving.test' }, provisionEndpoint, endpointOf(other, 'leaving.test'), { fails: true })
    expect(refusal).toEqual(message(row.id))
    expect(row).toMatchObject({ status: 'failed', rollback: 'complete' })
    await world.beSound()
  })

  test('the handle of an app, an environment or a stack', async () => {
    const app = await world.makeApp('first-handle')
    const environment = await resourceOf(await world.crew.carryOut(provisionEnvironment, { stack: world.stack, handle: 'first-place' }))
    const stack = await resourceOf(await world.crew.carryOut(provisionStack, { handle: 'first-stack', driver: 'memory' }))
    const { handle: _, ...sources } = appCalled('')
    const renames: [Definition, object, Definition, object][] = [
      [updateApp, { app, ...sources, handle: 'second-handle' }, provisionApp, appCalled('first-handle')],
      [updateEnvironment, { environment, handle: 'second-place', strategy: 'bluegreen' }, provisionEnvironment, { stack: world.stack, handle: 'first-place' }],
      [updateStack, { stack, handle: 'second-stack', strategy: 'bluegreen' }, provisionStack, { handle: 'first-stack', driver: 'memory' }],
      [deprovisionEnvironment, { environment, confirm: 'first-place' }, provisionEnvironment, { stack: world.stack, handle: 'first-place' }],
    ]
    for (const [giving, input, taking, taken] of renames) {
      const { row, refusal } = await takeFrom(giving, input, taking, taken, { fails: true })
      expect(refusal).toEqual(message(row.id))
      expect(row).toMatchObject({ status: 'failed', rollback: 'complete' })
    }
    for (const [giving, input, taking, taken] of renames.slice(0, 3)) {
      await world.crew.carryOut(giving, input)
      await world.crew.carryOut(taking, taken)
    }
  })

  test('and while its rollback is incomplete', async () => {
    const [app, other] = [await world.makeServedApp(), await world.makeServedApp()]
    const endpoint = await world.giveEndpoint(app, 'web', 'stuck.test')
    const leaveStuck = async () => {
      world.crew.hook = ({ step, direction, point }) => {
        if (step === 1 && (point === 'ran' || direction === 'compensate') && point !== 'end') throw new Error('the test says so')
      }
      const row = await ended((await world.crew.start(updateEndpoint, { endpoint, host: 'elsewhere.test' })).id)
      world.crew.hook = () => {}
      expect(row).toMatchObject({ status: 'failed', rollback: 'incomplete' })
      return row.id
    }
    const first = await leaveStuck()
    await expect(world.crew.start(provisionEndpoint, endpointOf(other, 'stuck.test'))).rejects.toEqual(message(first))
    expect((await findEndpoint(tester, endpoint)).blocks).toMatchObject([{ operationId: first }])
    await world.crew.carryOut(retryRollback, { operation: first })
    expect((await findEndpoint(tester, endpoint)).blocks).toEqual([])
    expect((await world.table()).map(({ host }) => host)).toContain('stuck.test')
    await markResolved(tester, await leaveStuck(), 'it moves for good')
    await world.crew.carryOut(provisionEndpoint, endpointOf(other, 'stuck.test'))
  })
})
