/**
 * Chunks as a file to save. It reads the next chunk only when the client has taken the last one, and when
 * the client leaves it lets a read under way end before it closes the source, so that no connection leaks.
 */
export function attachment(name: string, type: string, chunks: AsyncIterable<string | Uint8Array>, abort: AbortController, headers: Record<string, string> = {}): Response {
  const iterator = chunks[Symbol.asyncIterator]()
  const encoder = new TextEncoder()
  let pending: Promise<unknown> = Promise.resolve()
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = iterator.next()
        pending = next.catch(() => {})
        const { done, value } = await next
        if (done) controller.close()
        else controller.enqueue(typeof value === 'string' ? encoder.encode(value) : value)
      },
      async cancel() {
        abort.abort()
        await pending
        await iterator.return?.()
      },
    },
    { highWaterMark: 1 },
  )
  return new Response(body, { headers: headersOf(name, type, headers) })
}

/** For HEAD: what the file would come with. */
export function attachmentHead(name: string, type: string, headers: Record<string, string> = {}): Response {
  return new Response(null, { headers: headersOf(name, type, headers) })
}

function headersOf(name: string, type: string, more: Record<string, string>) {
  return {
    ...more,
    'content-type': `${type}; charset=utf-8`,
    'content-disposition': `attachment; filename="${name.replace(/[^\w.-]/g, '-')}"`,
    'cache-control': 'no-store, no-transform',
    'x-content-type-options': 'nosniff',
  }
}
