import { expect, test } from 'vitest'
import type { Actor } from '../auth/actor.ts'
import { testOperation } from '../runner/contract.ts'
import { start } from '../runner/start.ts'
import { configure } from './configure.ts'
import { openStage } from './world.ts'

testOperation(
  configure,
  () =>
    openStage(async (world) => {
      const app = await world.makeServedApp()
      let made = 0
      return async () => {
        const value = `hello, visitor ${++made}`
        return {
          input: { app, set: { GREETING: { value } } },
          bePromised: async () => expect(world.runningOf(app).map(({ variables }) => variables.GREETING)).toEqual([value, value]),
        }
      }
    }),
  { twice: false },
)

test('PORT is refused beside its field, and may be removed where it was set before', async () => {
  const stranger: Actor = { kind: 'user', id: null, name: 'Eve', email: null, owner: false, scopes: {} }
  const port = { PORT: { value: '80' } }
  await expect(start(configure, { app: 1, set: port }, stranger)).rejects.toMatchObject({ code: 'invalid', fields: { 'set.PORT': expect.stringContaining('Davit sets PORT itself') } })
  await expect(start(configure, { app: 1, unset: ['PORT'] }, stranger)).rejects.toMatchObject({ code: 'not_found' })
})
