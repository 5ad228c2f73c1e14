import { readOperation } from '#components/operation/read-operation.ts'
import { idFrom, route } from '#lib/auth/route.ts'

export const GET = route(({ actor, params }) => readOperation(actor, idFrom(params.operation)))
