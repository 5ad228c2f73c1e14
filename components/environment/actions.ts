'use server'

import { redirect } from 'next/navigation'
import { action } from '#lib/action.ts'
import { CreateEnvironment, DeprovisionEnvironment, UpdateEnvironment } from '#lib/environment/schema.ts'
import { deprovisionEnvironment as deprovision } from '#lib/operations/deprovision-environment.ts'
import { provisionEnvironment } from '#lib/operations/provision-environment.ts'
import { updateEnvironment as update } from '#lib/operations/update-environment.ts'
import { start } from '#lib/runner/start.ts'
import { Strategy } from '#lib/stack/schema.ts'

const Update = UpdateEnvironment.extend({ strategy: Strategy.nullable().default(null) })

export const createEnvironment = action(CreateEnvironment, async (input, actor, request) => {
  const { id } = await start(provisionEnvironment, input, actor, request)
  redirect(`/operations/${id}`)
})

export const createFirstEnvironment = action(CreateEnvironment, async (input, actor, request) => {
  await start(provisionEnvironment, input, actor, { ...request, source: 'first visit' })
})

export const updateEnvironment = action(Update, async (input, actor, request) => {
  const { id } = await start(update, input, actor, request)
  redirect(`/operations/${id}`)
})

export const deprovisionEnvironment = action(DeprovisionEnvironment, async (input, actor, request) => {
  const { id } = await start(deprovision, input, actor, request)
  redirect(`/operations/${id}`)
})
