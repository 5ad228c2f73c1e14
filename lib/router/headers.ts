import type { IncomingMessage } from 'node:http'

/** RFC 9110, 7.6.1. Transfer-Encoding stays: it frames the body, and Node writes it anew. */
const hopByHop = ['keep-alive', 'proxy-connection', 'proxy-authenticate', 'proxy-authorization', 'te', 'trailer']
/** A client must not have these removed by naming them in Connection: they frame the message or say who asks. */
const endToEnd = new Set(['connection', 'upgrade', 'host', 'content-length', 'transfer-encoding', 'content-type', 'authorization', 'cookie'])

/**
 * Prepares a request's headers for its container. X-Forwarded-* of the client are believed only when it
 * connects from loopback, where a proxy of this machine (one that ends TLS) stands; anyone else's are replaced.
 */
export function prepareHeaders(req: IncomingMessage): void {
  const { headers } = req
  const close = namesInConnection(headers.connection).includes('close') || (req.httpVersion === '1.0' && !/keep-alive/i.test(headers.connection ?? ''))
  removeHopByHop(headers)
  headers.connection = close ? 'close' : 'keep-alive'
  // Node has answered 100 Continue already.
  delete headers.expect
  const peer = req.socket.remoteAddress ?? ''
  if (!isLoopback(peer)) for (const name of ['for', 'proto', 'host', 'port']) delete headers[`x-forwarded-${name}`]
  if (!isLoopback(peer)) delete headers.forwarded
  headers['x-forwarded-for'] = headers['x-forwarded-for'] ? `${headers['x-forwarded-for']}, ${peer}` : peer
  headers['x-forwarded-proto'] ??= 'http'
  headers['x-forwarded-host'] ??= headers.host ?? ''
  headers['x-request-start'] = `t=${Date.now()}`
}

/** What the container said about its own connection is not about the client's. */
export function cleanResponse(response: IncomingMessage): void {
  removeHopByHop(response.headers)
  delete response.headers.connection
  delete response.headers.upgrade
}

/** The host a request is for, without its port; a whole URL as request target names it before the Host header does. */
export function hostOf(req: IncomingMessage): string {
  if (/^https?:\/\//i.test(req.url ?? '') && URL.canParse(req.url as string)) {
    const target = new URL(req.url as string)
    req.headers.host = target.host
    req.url = `${target.pathname}${target.search}`
  }
  const host = (req.headers.host ?? '').toLowerCase()
  return host.replace(/:\d*$/, '').replace(/\.$/, '')
}

function removeHopByHop(headers: IncomingMessage['headers']) {
  for (const name of namesInConnection(headers.connection)) if (!endToEnd.has(name)) delete headers[name]
  for (const name of hopByHop) delete headers[name]
}

const namesInConnection = (connection = '') => connection.toLowerCase().split(',').map((name) => name.trim())

const isLoopback = (address: string) => /^(::ffff:)?127\./.test(address) || address === '::1'
