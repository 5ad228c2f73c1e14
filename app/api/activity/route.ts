import { listActivity } from '#lib/activity/queries.ts'
import { ActivityFilter } from '#lib/activity/schema.ts'
import { route } from '#lib/auth/route.ts'

export const GET = route(({ actor, query }) => listActivity(actor, ActivityFilter.parse(Object.fromEntries(query))))
