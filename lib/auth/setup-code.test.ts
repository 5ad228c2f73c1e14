import { expect, test } from 'vitest'
import { checkSetupCode, generateSetupCode, removeSetupCode } from './setup-code.ts'

test('the code is right in lower case, and with spaces or nothing in the place of hyphens', async () => {
  const code = await generateSetupCode()
  for (const typed of [code, code.toLowerCase(), code.replaceAll('-', ' '), ` ${code.toLowerCase().replaceAll('-', '  ')}\t`, code.replaceAll('-', '–'), code.replaceAll('-', '')]) {
    expect(await checkSetupCode(typed), typed).toBe(true)
  }
  expect(await checkSetupCode(code.slice(1))).toBe(false)
  await removeSetupCode()
  expect(await checkSetupCode(code)).toBe(false)
})
