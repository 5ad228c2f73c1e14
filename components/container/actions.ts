'use server'

import { refresh } from 'next/cache'
import { z } from 'zod'
import { action } from '#lib/action.ts'
import { trustAgain } from '#lib/container/identity.ts'

export const confirmDatabase = action(z.object({}), async (_input, actor) => {
  await trustAgain(actor)
  refresh()
})
