import { count } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { users } from '#drizzle/schema/access.ts'
import { hasOwner } from '../auth/sessions.ts'
import { generateSetupCode } from '../auth/setup-code.ts'
import { db } from '../db/client.ts'
import { createOwner } from './create-owner.ts'

const ada = { name: 'Ada', email: 'ada@example.org', password: 'correct horse battery' }

test('a wrong code makes no owner', async () => {
  await generateSetupCode()
  await expect(createOwner({ ...ada, code: 'AAAA-BBBB-CCCC-DDDD' })).rejects.toMatchObject({ code: 'invalid', fields: { code: expect.any(String) } })
  expect(await hasOwner()).toBe(false)
})

test('of two first visits at once one makes the owner', async () => {
  const code = await generateSetupCode()
  const answers = await Promise.allSettled([createOwner({ ...ada, code: code.toLowerCase() }), createOwner({ ...ada, email: 'bea@example.org', code })])
  expect(answers.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  expect(await db.select({ n: count() }).from(users)).toEqual([{ n: 1 }])
})

test('the code is gone once there is an owner', async () => {
  await expect(createOwner({ ...ada, email: 'cy@example.org', code: 'AAAA' })).rejects.toMatchObject({ code: 'invalid' })
})
