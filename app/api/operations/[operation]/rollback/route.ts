import { idFrom, route } from '#lib/auth/route.ts'
import { previewRollback } from '#lib/operations/rollback.ts'

export const GET = route(({ actor, params }) => previewRollback(actor, idFrom(params.operation)))
