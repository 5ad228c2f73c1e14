import { whileSession } from '#lib/activity/session-watch.ts'
import { idFrom, route } from '#lib/auth/route.ts'
import { attachment, attachmentHead } from '#lib/download/attachment.ts'
import { downloadSoFar } from '#lib/report/queries.ts'

/** What has ended since the last report, as CSV, unsealed. */
export const GET = route(async ({ actor, sessionId, params, headOnly }) => {
  const { name, permits, chunks } = await downloadSoFar(actor, idFrom(params.environment), headOnly)
  if (headOnly) return attachmentHead(name, 'text/csv')
  const abort = new AbortController()
  return attachment(name, 'text/csv', whileSession(sessionId, permits, chunks, abort), abort)
})
