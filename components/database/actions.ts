'use server'

import { redirect } from 'next/navigation'
import { action } from '#lib/action.ts'
import { checkBackUp, checkDeprovision, checkNewDatabase, checkResize, checkRestart, checkRestore } from '#lib/database/check-room.ts'
import { revealUrl as reveal } from '#lib/database/reveal-url.ts'
import { BackUpDatabase, CreateDatabase, DeprovisionDatabase, LinkDatabase, PurgeBackup, ResizeDatabase, RestartDatabase, RestoreBackup, UnlinkDatabase, UpdateDatabase } from '#lib/database/schema.ts'
import { backUpDatabase as backUp } from '#lib/operations/back-up-database.ts'
import { deprovisionDatabase as deprovision } from '#lib/operations/deprovision-database.ts'
import { linkDatabase as link } from '#lib/operations/link-database.ts'
import { provisionDatabase } from '#lib/operations/provision-database.ts'
import { purgeBackup as purge } from '#lib/operations/purge-backup.ts'
import { resizeDatabase as resize } from '#lib/operations/resize-database.ts'
import { restartDatabase as restart } from '#lib/operations/restart-database.ts'
import { restoreBackup as restore } from '#lib/operations/restore-backup.ts'
import { unlinkDatabase as unlink } from '#lib/operations/unlink-database.ts'
import { updateDatabase as update } from '#lib/operations/update-database.ts'
import { start } from '#lib/runner/start.ts'

export const createDatabase = action(CreateDatabase, async (input, actor, request) => {
  await checkNewDatabase(actor, input)
  const { id } = await start(provisionDatabase, input, actor, request)
  redirect(`/operations/${id}`)
})

export const restartDatabase = action(RestartDatabase, async (input, actor, request) => {
  await checkRestart(actor, input)
  const { id } = await start(restart, input, actor, request)
  redirect(`/operations/${id}`)
})

export const updateDatabase = action(UpdateDatabase, async (input, actor, request) => {
  const { id } = await start(update, input, actor, request)
  redirect(`/operations/${id}`)
})

export const resizeDatabase = action(ResizeDatabase, async (input, actor, request) => {
  await checkResize(actor, input)
  const { id } = await start(resize, input, actor, request)
  redirect(`/operations/${id}`)
})

export const backUpDatabase = action(BackUpDatabase, async (input, actor, request) => {
  await checkBackUp(actor, input)
  const { id } = await start(backUp, input, actor, request)
  redirect(`/operations/${id}`)
})

export const deprovisionDatabase = action(DeprovisionDatabase, async (input, actor, request) => {
  await checkDeprovision(actor, input)
  const { id } = await start(deprovision, input, actor, request)
  redirect(`/operations/${id}`)
})

export const restoreBackup = action(RestoreBackup, async (input, actor, request) => {
  await checkRestore(actor, input)
  const { id } = await start(restore, input, actor, request)
  redirect(`/operations/${id}`)
})

export const purgeBackup = action(PurgeBackup, async (input, actor, request) => {
  const { id } = await start(purge, input, actor, request)
  redirect(`/operations/${id}`)
})

export const linkDatabase = action(LinkDatabase, async (input, actor, request) => {
  const { id } = await start(link, input, actor, request)
  redirect(`/operations/${id}`)
})

export const unlinkDatabase = action(UnlinkDatabase, async (input, actor, request) => {
  const { id } = await start(unlink, input, actor, request)
  redirect(`/operations/${id}`)
})

export const revealUrl = action(RestartDatabase.pick({ database: true }), ({ database }, actor) => reveal(actor, database))
