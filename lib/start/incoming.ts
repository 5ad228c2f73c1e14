import { type IncomingMessage, maxHeaderSize, type ServerResponse } from 'node:http'
import type { BlockList } from 'node:net'
import type { Duplex } from 'node:stream'
import { addressHeader, clientAddress } from '../auth/client-address.ts'

/** A client that still sends must read the answer before the connection is torn. */
const lingerMs = 2000

/** What Next does not know of a request: whose it is, and that Davit's own address is no other site's. */
export function receive({ headers, socket }: IncomingMessage, own: { url: string; trustedProxies: BlockList }): void {
  headers[addressHeader] = clientAddress(socket.remoteAddress, header(headers['x-forwarded-for']), own.trustedProxies)
  // Next compares a form's origin with the host, which some proxies keep to themselves. A browser lets no other site claim this origin.
  const { origin, host } = new URL(own.url)
  if (headers.origin === origin) headers['x-forwarded-host'] = host
}

/** Where Node keeps the answer that is under way on a connection. */
type Connection = Duplex & { _httpMessage?: ServerResponse | null }

/** In the place of Node's bare status line. */
export function answerUnreadable(error: NodeJS.ErrnoException, socket: Connection): void {
  // Called again for each piece that still comes: it is read, and thrown away.
  if (socket.writableEnded) return
  // Within an answer that has begun, a status line would be taken for a part of it.
  if (!socket.writable || error.code === 'ECONNRESET' || socket._httpMessage?.headersSent) return void socket.destroy()
  const tooLong = error.code === 'HPE_HEADER_OVERFLOW'
  const status = tooLong ? '431 Request Header Fields Too Large' : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? '408 Request Timeout' : '400 Bad Request'
  const sentence = tooLong ? `The address and the headers of a request may be ${maxHeaderSize / 1024} KB long together; these are longer. Ask for less.` : 'This is no request that can be read.'
  const text = `${sentence}\n`
  socket.end(`HTTP/1.1 ${status}\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`)
  setTimeout(() => socket.destroy(), lingerMs).unref()
}

const header = (value: string | string[] | undefined) => (Array.isArray(value) ? value.join(',') : value)
