import { cache } from 'react'
import { shown } from '#components/shell/shown.ts'
import { idFrom } from '#lib/auth/route.ts'
import { findStack } from '#lib/stack/queries.ts'

/** Once per request, however many parts of the page ask. */
export const readStack = cache((id: string) => shown(async (actor) => await findStack(actor, idFrom(id))))
