import { exportActivity } from '#lib/activity/export-activity.ts'
import { readFilter } from '#lib/activity/schema.ts'
import { route } from '#lib/auth/route.ts'
import { attachment } from '#lib/download/attachment.ts'

/** The filter of the address as CSV, newest first, as far as it goes back. */
export const GET = route(async ({ actor, query }) => {
  const abort = new AbortController()
  const records = await exportActivity(actor, readFilter(query), abort.signal)
  return attachment(`activity-${new Date().toISOString().slice(0, 10)}.csv`, 'text/csv', records, abort)
})
