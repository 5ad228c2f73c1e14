'use server'

import { redirect } from 'next/navigation'
import { action } from '#lib/action.ts'
import { CreateEndpoint, DeprovisionEndpoint, UpdateEndpoint } from '#lib/endpoint/schema.ts'
import { deprovisionEndpoint as deprovision } from '#lib/operations/deprovision-endpoint.ts'
import { provisionEndpoint } from '#lib/operations/provision-endpoint.ts'
import { updateEndpoint as update } from '#lib/operations/update-endpoint.ts'
import { start } from '#lib/runner/start.ts'

export const createEndpoint = action(CreateEndpoint, async (input, actor, request) => {
  const { id } = await start(provisionEndpoint, input, actor, request)
  redirect(`/operations/${id}`)
})

export const updateEndpoint = action(UpdateEndpoint, async (input, actor, request) => {
  const { id } = await start(update, input, actor, request)
  redirect(`/operations/${id}`)
})

export const deprovisionEndpoint = action(DeprovisionEndpoint, async (input, actor, request) => {
  const { id } = await start(deprovision, input, actor, request)
  redirect(`/operations/${id}`)
})
