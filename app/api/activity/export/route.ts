import { exportActivity } from '#lib/activity/export-activity.ts'
import { readFilter } from '#lib/activity/schema.ts'
import { whileSession } from '#lib/activity/session-watch.ts'
import { route } from '#lib/auth/route.ts'
import { attachment } from '#lib/download/attachment.ts'

/** The filter of the address as CSV, newest first, as far as it goes back. */
export const GET = route(async ({ actor, sessionId, query }) => {
  const abort = new AbortController()
  const { records, permits } = await exportActivity(actor, readFilter(query), abort.signal)
  return attachment(`activity-${new Date().toISOString().slice(0, 10)}.csv`, 'text/csv', whileSession(sessionId, permits, records, abort), abort)
})
