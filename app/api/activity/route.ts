import { listActivity } from '#lib/activity/list-activity.ts'
import { readFilter } from '#lib/activity/schema.ts'
import { route } from '#lib/auth/route.ts'

export const GET = route(async ({ actor, query }) => listActivity(actor, readFilter(query)))
