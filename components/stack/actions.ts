'use server'

import { redirect } from 'next/navigation'
import { action } from '#lib/action.ts'
import { provisionStack } from '#lib/operations/provision-stack.ts'
import { updateStack as update } from '#lib/operations/update-stack.ts'
import { start } from '#lib/runner/start.ts'
import { checkChangedStack, checkNewStack, testConnection as test } from '#lib/stack/check-engine.ts'
import { CreateStack, TestStack, UpdateStack } from '#lib/stack/schema.ts'

export const testConnection = action(TestStack, (input, actor) => test(actor, input))

export const createStack = action(CreateStack, async (input, actor, request) => {
  await checkNewStack(actor, input)
  const { id } = await start(provisionStack, input, actor, request)
  redirect(`/operations/${id}`)
})

export const updateStack = action(UpdateStack, async (input, actor, request) => {
  await checkChangedStack(actor, input)
  const { id } = await start(update, input, actor, request)
  redirect(`/operations/${id}`)
})
