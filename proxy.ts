import { NextResponse, type NextRequest } from 'next/server'

// Next wants this file beside app/. It checks nobody's rights: every page, route and action does that itself.
export function proxy(request: NextRequest) {
  // No text of ours can hold it, and what looks for it in the db fails.
  if (request.url.includes('%00')) return new NextResponse('An address cannot hold the character NUL.', { status: 400 })
  // Next would answer a bare 500.
  const foreign = foreignOrigin(request)
  if (foreign) return new NextResponse(`This form came from ${foreign}, and Davit takes forms from its own pages only. If that is where Davit is, set DAVIT_URL to it.`, { status: 403 })
  const nonce = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('base64')
  const policy = [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'`,
    // Rows of the log are placed by style attributes.
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "worker-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ')
  const headers = new Headers(request.headers)
  headers.set('content-security-policy', policy)
  // Layouts are not told where they are; the way in leads back here.
  headers.set('x-davit-path', pathOf(request))
  const response = NextResponse.next({ request: { headers } })
  response.headers.set('content-security-policy', policy)
  return response
}

/** The origin of a page elsewhere that has somebody's browser send what changes something. */
function foreignOrigin({ method, headers }: NextRequest): string | null {
  const origin = headers.get('origin')
  if (method === 'GET' || method === 'HEAD' || origin === null) return null
  const own = headers.get('x-forwarded-host') ?? headers.get('host')
  return URL.canParse(origin) && new URL(origin).host === own ? null : origin
}

/** Without what Next itself adds when it reads a page in the background. */
function pathOf({ nextUrl: { pathname, searchParams } }: NextRequest): string {
  const query = new URLSearchParams(searchParams)
  query.delete('_rsc')
  return query.size > 0 ? `${pathname}?${query}` : pathname
}

export const config = { matcher: ['/((?!api/|_next/static|_next/image|favicon|icon).*)'] }
