import { cache } from 'react'
import { shown } from '#components/shell/shown.ts'
import { idFrom } from '#lib/auth/route.ts'
import { findEnvironment } from '#lib/environment/queries.ts'

/** Once per request, however many parts of the page ask. */
export const readEnvironment = cache((id: string) => shown(async (actor) => await findEnvironment(actor, idFrom(id))))
