'use server'

import { redirect } from 'next/navigation'
import { action } from '#lib/action.ts'
import { checkChangedApp, checkDeploy, checkNewApp } from '#lib/app/check-source.ts'
import { revealVariables as reveal } from '#lib/app/reveal-variables.ts'
import { ConfigureApp, CreateApp, DeployApp, DeprovisionApp, RestartApp, RunSession, SampleApp, ScaleApp, UpdateApp } from '#lib/app/schema.ts'
import { sampleSource } from '#lib/app/sample.ts'
import { configure } from '#lib/operations/configure.ts'
import { deploy } from '#lib/operations/deploy.ts'
import { deprovisionApp as deprovision } from '#lib/operations/deprovision-app.ts'
import { provisionApp } from '#lib/operations/provision-app.ts'
import { restart } from '#lib/operations/restart.ts'
import { scale } from '#lib/operations/scale.ts'
import { session } from '#lib/operations/session.ts'
import { updateApp as update } from '#lib/operations/update-app.ts'
import { start } from '#lib/runner/start.ts'

export const createApp = action(CreateApp, async (input, actor, request) => {
  await checkNewApp(actor, input)
  const { id } = await start(provisionApp, input, actor, request)
  redirect(`/operations/${id}`)
})

export const createSampleApp = action(SampleApp, async ({ environment }, actor, request) => {
  const { id } = await start(provisionApp, { environment, handle: 'sample', sources: [{ url: await sampleSource() }] }, actor, request)
  redirect(`/operations/${id}`)
})

export const updateApp = action(UpdateApp, async (input, actor, request) => {
  await checkChangedApp(actor, input)
  const { id } = await start(update, input, actor, request)
  redirect(`/operations/${id}`)
})

export const deployApp = action(DeployApp, async (input, actor, request) => {
  await checkDeploy(actor, input)
  const { id } = await start(deploy, input, actor, request)
  redirect(`/operations/${id}`)
})

export const configureApp = action(ConfigureApp, async (input, actor, request) => {
  const { id } = await start(configure, input, actor, request)
  redirect(`/operations/${id}`)
})

export const scaleApp = action(ScaleApp, async (input, actor, request) => {
  const { id } = await start(scale, input, actor, request)
  redirect(`/operations/${id}`)
})

export const restartApp = action(RestartApp, async (input, actor, request) => {
  const { id } = await start(restart, input, actor, request)
  redirect(`/operations/${id}`)
})

export const deprovisionApp = action(DeprovisionApp, async (input, actor, request) => {
  const { id } = await start(deprovision, input, actor, request)
  redirect(`/operations/${id}`)
})

export const runSession = action(RunSession, async (input, actor, request) => {
  const { id } = await start(session, input, actor, request)
  redirect(`/operations/${id}`)
})

export const revealVariables = action(RestartApp.pick({ app: true }), ({ app }, actor) => reveal(actor, app))
