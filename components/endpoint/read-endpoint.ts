import { cache } from 'react'
import { shown } from '#components/shell/shown.ts'
import { idFrom } from '#lib/auth/route.ts'
import { findEndpoint } from '#lib/endpoint/queries.ts'

/** Once per request, however many parts of the page ask. */
export const readEndpoint = cache((id: string) => shown(async (actor) => await findEndpoint(actor, idFrom(id))))
