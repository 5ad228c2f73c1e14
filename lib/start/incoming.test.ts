import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { type AddressInfo, BlockList, connect } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { answerUnreadable, receive } from './incoming.ts'

const ends: (() => void)[] = []
afterEach(() => ends.splice(0).forEach((end) => end()))

async function listen(own = { url: 'https://davit.example.org', trustedProxies: new BlockList() }) {
  const seen: IncomingHttpHeaders[] = []
  const server = createServer((request, response) => {
    receive(request, own)
    seen.push(request.headers)
    if (request.url === '/stream') response.write('begun')
    else response.end('ok')
  })
  server.on('clientError', answerUnreadable)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  ends.push(() => server.close())
  return { port: (server.address() as AddressInfo).port, seen }
}

async function send(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.write(text)
  const chunks: Buffer[] = []
  for await (const chunk of socket) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

test('a request says the address of its socket, whatever its client wrote there', async () => {
  const { port, seen } = await listen()
  await send(port, 'GET / HTTP/1.1\r\nHost: x\r\nX-Davit-Address: 203.0.113.7\r\nX-Forwarded-For: 203.0.113.7\r\nConnection: close\r\n\r\n')
  expect(seen[0]).toMatchObject({ 'x-davit-address': '127.0.0.1' })
})

test('a request that a trusted proxy hands on says for whom', async () => {
  const trustedProxies = new BlockList()
  trustedProxies.addAddress('127.0.0.1')
  const { port, seen } = await listen({ url: 'http://127.0.0.1', trustedProxies })
  await send(port, 'GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 192.0.2.9\r\nX-Forwarded-For: 203.0.113.7\r\nConnection: close\r\n\r\n')
  expect(seen[0]).toMatchObject({ 'x-davit-address': '203.0.113.7' })
})

test('what comes from a page of Davit’s own is no other site’s, also behind a proxy that keeps the host to itself', async () => {
  const { port, seen } = await listen()
  const ask = (origin: string) => send(port, `POST / HTTP/1.1\r\nHost: 127.0.0.1:3000\r\nOrigin: ${origin}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`)
  await ask('https://davit.example.org')
  await ask('https://evil.test')
  expect(seen.map((headers) => headers['x-forwarded-host'])).toEqual(['davit.example.org', undefined])
})

test('an address of a megabyte is told what the limit is', async () => {
  const { port, seen } = await listen()
  const answer = await send(port, `GET /activity?q=${'x'.repeat(1024 * 1024)} HTTP/1.1\r\nHost: x\r\n\r\n`)
  expect(answer).toMatch(/^HTTP\/1\.1 431 .*\r\ncontent-type: text\/plain; charset=utf-8\r\n[^]*connection: close\r\n[^]*The address and the headers of a request may be 16 KB long together/)
  expect(seen).toEqual([])
})

test('what is no request is told so', async () => {
  const { port } = await listen()
  expect(await send(port, 'HELLO\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /)
})

test('what is no request, behind one whose answer has begun, ends the connection and writes nothing into that answer', async () => {
  const { port } = await listen()
  const socket = connect(port, '127.0.0.1')
  socket.write('GET /stream HTTP/1.1\r\nHost: x\r\n\r\n')
  let received = ''
  socket.on('data', (chunk) => {
    received += String(chunk)
    if (received.endsWith('begun\r\n')) socket.write('HELLO\r\n\r\n')
  })
  await once(socket, 'close')
  expect(received).toMatch(/^HTTP\/1\.1 200 [^]*\r\n5\r\nbegun\r\n$/)
})
