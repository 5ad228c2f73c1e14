import { idFrom, route } from '#lib/auth/route.ts'
import { attachment } from '#lib/download/attachment.ts'
import { downloadSoFar } from '#lib/report/queries.ts'

/** What has ended since the last report, as CSV, unsealed. */
export const GET = route(async ({ actor, params }) => {
  const { name, chunks } = await downloadSoFar(actor, idFrom(params.environment))
  return attachment(name, 'text/csv', chunks, new AbortController())
})
