'use server'

import { refresh } from 'next/cache'
import { action } from '#lib/action.ts'
import { createRole as create, removeRole as remove, renameRole as rename } from '#lib/role/change.ts'
import { CreateRole, RemoveRole, RenameRole, SetScopes } from '#lib/role/schema.ts'
import { setScopes as set } from '#lib/role/set-scopes.ts'

export const createRole = action(CreateRole, async (input, actor) => {
  await create(actor, input)
  refresh()
})

export const renameRole = action(RenameRole, async (input, actor) => {
  await rename(actor, input)
  refresh()
})

export const removeRole = action(RemoveRole, async (input, actor) => {
  await remove(actor, input)
  refresh()
})

export const setScopes = action(SetScopes, async (input, actor) => {
  await set(actor, input)
  refresh()
})
