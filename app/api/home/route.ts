import { readHome } from '#components/activity/read-home.ts'
import { route } from '#lib/auth/route.ts'

export const GET = route(({ actor }) => readHome(actor))
