import { readHome } from '#lib/activity/queries.ts'
import { route } from '#lib/auth/route.ts'

export const GET = route(({ actor }) => readHome(actor))
