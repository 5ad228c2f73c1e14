import { cache } from 'react'
import { shown } from '#components/shell/shown.ts'
import { findApp } from '#lib/app/queries.ts'
import { idFrom } from '#lib/auth/route.ts'

/** Once per request, however many parts of the page ask. */
export const readApp = cache((id: string) => shown(async (actor) => await findApp(actor, idFrom(id))))
