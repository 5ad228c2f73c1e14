import { and, eq, isNull } from 'drizzle-orm'
import { expect } from 'vitest'
import { environments, stacks } from '#drizzle/schema/stack.ts'
import { db } from '../db/client.ts'
import { testOperation } from '../runner/contract.ts'
import { deprovisionEnvironment } from './deprovision-environment.ts'
import { provisionEnvironment } from './provision-environment.ts'
import { provisionStack } from './provision-stack.ts'
import { updateEnvironment } from './update-environment.ts'
import { updateStack } from './update-stack.ts'
import { openStage, resourceOf } from './world.ts'

let made = 0
const freshHandle = () => `place-${++made}`
const environmentCalled = (handle: string) => db.select().from(environments).where(and(eq(environments.handle, handle), isNull(environments.deprovisionedAt)))
const stackCalled = (handle: string) => db.select().from(stacks).where(and(eq(stacks.handle, handle), isNull(stacks.deprovisionedAt)))

testOperation(provisionEnvironment, () =>
  openStage(async ({ stack }) => async () => {
    const handle = freshHandle()
    return { input: { stack, handle }, bePromised: async () => expect(await environmentCalled(handle)).toHaveLength(1) }
  }),
)

testOperation(updateEnvironment, () =>
  openStage(async ({ environment }) => async () => {
    const handle = freshHandle()
    return { input: { environment, handle, strategy: 'immediate' }, bePromised: async () => expect(await environmentCalled(handle)).toMatchObject([{ strategy: 'immediate' }]) }
  }),
)

testOperation(deprovisionEnvironment, () =>
  openStage(async ({ stack, crew }) => async () => {
    const handle = freshHandle()
    const environment = await resourceOf(await crew.carryOut(provisionEnvironment, { stack, handle }))
    return { input: { environment, confirm: handle }, bePromised: async () => expect(await environmentCalled(handle)).toEqual([]) }
  }),
)

testOperation(provisionStack, () =>
  openStage(async () => async () => {
    const handle = freshHandle()
    return { input: { handle, driver: 'memory' }, bePromised: async () => expect(await stackCalled(handle)).toHaveLength(1) }
  }),
)

testOperation(updateStack, () =>
  openStage(async ({ stack }) => async () => {
    const handle = freshHandle()
    return { input: { stack, handle, strategy: 'immediate' }, bePromised: async () => expect(await stackCalled(handle)).toMatchObject([{ strategy: 'immediate' }]) }
  }),
)
