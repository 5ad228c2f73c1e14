import { idFrom, route } from '#lib/auth/route.ts'
import { listContainers } from '#lib/service/queries.ts'

export const GET = route(({ actor, params }) => listContainers(actor, idFrom(params.app)))
