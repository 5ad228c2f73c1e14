import { idFrom, route } from '#lib/auth/route.ts'
import { attachment } from '#lib/download/attachment.ts'
import { downloadReport, downloadSoFar, takesGzip } from '#lib/report/queries.ts'

/**
 * A sealed report as CSV, with its seal and the one before it in `Davit-Seal` and `Davit-Seal-Before`; under
 * `so-far` what has ended since the last one, unsealed.
 */
export const GET = route(async ({ actor, params, request }) => {
  const environment = idFrom(params.environment)
  const gzip = takesGzip(request.headers.get('accept-encoding'))
  const file = params.report === 'so-far' ? await downloadSoFar(actor, environment) : await downloadReport(actor, environment, idFrom(params.report), gzip)
  return attachment(file.name, 'text/csv', file.chunks, new AbortController(), file.headers)
})
