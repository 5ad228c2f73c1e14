/** An `Accept-Encoding` that takes gzip, as a pattern for the whole of it: next.config.mjs sets the header by it. */
export const gzipAccepted = String.raw`(?i:.*\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$)).*)`

export const takesGzip = (accepted: string | null) => new RegExp(`^${gzipAccepted}$`).test(accepted ?? '')

/**
 * For paths on which next.config.mjs says that the content is gzip, as routes themselves are not let: what is not
 * compressed already, such as a refusal, is compressed here.
 */
export function asGzip(answer: Response): Response {
  return new Response(answer.body?.pipeThrough(new CompressionStream('gzip')), { status: answer.status, headers: answer.headers })
}
