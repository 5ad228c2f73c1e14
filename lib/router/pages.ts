import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Socket } from 'node:net'

const retryAfterSeconds = 5

const page = (title: string, text: string) => `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:32rem;margin:20vh auto;padding:0 1.5rem;color:#333}
@media(prefers-color-scheme:dark){body{background:#111;color:#ccc}}</style>
<h1>${title}</h1><p>${text}</p></html>
`
const ownMaintenancePage = page('Back soon', 'This site is being worked on. Please try again in a moment.')
const unknownPage = page('Nothing here', 'There is no site at this address.')
const brokenPage = page('Something went wrong', 'The site did not finish its answer. Please try again.')

export const sendMaintenance = (res: ServerResponse, html: string | null) => send(res, 503, html ?? ownMaintenancePage, { 'retry-after': retryAfterSeconds })
export const sendUnknown = (res: ServerResponse) => send(res, 404, unknownPage)
export const sendBroken = (res: ServerResponse, status: 502 | 504) => send(res, status, brokenPage)

function send(res: ServerResponse, status: number, html: string, headers: Record<string, string | number> = {}) {
  if (res.headersSent || res.destroyed) return
  for (const name of res.getHeaderNames()) res.removeHeader(name)
  res.writeHead(status, { 'content-type': 'text/html; charset=utf-8', 'content-length': Buffer.byteLength(html), 'cache-control': 'no-store', ...headers })
  res.end(html)
}

/** A page for a request that asked for an upgrade, whose connection Node has given away. */
export function respondOn(req: IncomingMessage, socket: Duplex): ServerResponse {
  const res = new ServerResponse(req)
  res.shouldKeepAlive = false
  res.assignSocket(socket as Socket)
  res.once('finish', () => (socket as Socket).destroySoon())
  return res
}
