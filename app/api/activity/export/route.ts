import { exportActivity } from '#lib/activity/export-activity.ts'
import { readFilter } from '#lib/activity/schema.ts'
import { whileSession } from '#lib/activity/session-watch.ts'
import { route } from '#lib/auth/route.ts'
import { attachment, attachmentHead } from '#lib/download/attachment.ts'

/** The filter of the address as CSV, newest first, as far as it goes back. */
export const GET = route(async ({ actor, sessionId, query, headOnly }) => {
  const abort = new AbortController()
  const name = `activity-${new Date().toISOString().slice(0, 10)}.csv`
  const { records, permits } = await exportActivity(actor, readFilter(query), abort.signal, headOnly)
  if (headOnly) return attachmentHead(name, 'text/csv')
  return attachment(name, 'text/csv', whileSession(sessionId, permits, records, abort), abort)
})
