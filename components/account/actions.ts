'use server'

import { createOwner } from '#lib/member/create-owner.ts'
import { CreateOwner } from '#lib/member/schema.ts'
import { openAction } from '#lib/action.ts'
import { provisionStack } from '#lib/operations/provision-stack.ts'
import { start } from '#lib/runner/start.ts'

/** The first stack comes with the owner: nothing can be deployed without one. */
export const setUp = openAction(CreateOwner, async (input) => {
  const owner = await createOwner(input)
  await start(provisionStack, { handle: 'local', driver: 'local' }, owner, { requestKey: `first stack of ${owner.email}`, source: 'first visit' })
})
