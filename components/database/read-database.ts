import { cache } from 'react'
import { shown } from '#components/shell/shown.ts'
import { idFrom } from '#lib/auth/route.ts'
import { findDatabase } from '#lib/database/queries.ts'

/** Once per request, however many parts of the page ask. */
export const readDatabase = cache((id: string) => shown(async (actor) => await findDatabase(actor, idFrom(id))))
