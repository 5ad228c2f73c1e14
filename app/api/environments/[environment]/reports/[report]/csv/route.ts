import { whileSession } from '#lib/activity/session-watch.ts'
import { idFrom, route } from '#lib/auth/route.ts'
import { attachment, attachmentHead } from '#lib/download/attachment.ts'
import { asGzip, takesGzip } from '#lib/download/encoding.ts'
import { downloadReport } from '#lib/report/queries.ts'

const accepts = (request: Request) => takesGzip(request.headers.get('accept-encoding'))

const download = route(async ({ actor, sessionId, params, request, headOnly }) => {
  const file = await downloadReport(actor, idFrom(params.environment), idFrom(params.report), accepts(request), headOnly)
  if (headOnly) return attachmentHead(file.name, 'text/csv', file.headers)
  const abort = new AbortController()
  return attachment(file.name, 'text/csv', whileSession(sessionId, file.permits, file.chunks, abort), abort, file.headers)
})

/**
 * A sealed report as CSV, as it is stored where the client takes gzip; its seal is in `Davit-Seal`, the one before
 * it in `Davit-Seal-Before`. A refusal is JSON: `{ error }`.
 */
export async function GET(...[request, context]: Parameters<typeof download>): Promise<Response> {
  const answer = await download(request, context)
  return answer.ok || !accepts(request) ? answer : asGzip(answer)
}
