import { expect, test } from 'vitest'

test('below the floor of free disk a new operation is refused, with the numbers', async () => {
  process.env.DAVIT_DISK_FLOOR_MB = '999999999'
  const { makeResource, plain, tester } = await import('./rehearsal.ts')
  const { start } = await import('./start.ts')
  const refused = start(plain, { thing: await makeResource() }, tester)
  await expect(refused).rejects.toMatchObject({ code: 'unavailable', message: expect.stringMatching(/Only \d+ MB .* 999999999 MB/) })
})
