import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import type { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { drained, replaceTable, routerStatus } from './client.ts'
import { freePort } from './free-port.ts'
import { container, endpoint, startContainer, startRouter, until } from './testing.ts'

const asked = { host: 'app.test', connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==', 'sec-websocket-version': '13' }

/** The bytes after 101 are the two sides' own business: here they are echoed. */
async function startEcho() {
  const web = await startContainer((_req, res) => void res.writeHead(401).end('who are you?'))
  web.server.on('upgrade', (req, socket) => {
    if (req.url === '/refused') return void socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno')
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nx-asked: ${req.headers['x-forwarded-for']}\r\n\r\n`)
    socket.on('error', () => {}).pipe(socket)
  })
  return web
}

async function openWebSocket(port: number, path = '/') {
  const req = request({ host: '127.0.0.1', port, path, headers: asked, agent: false }).end()
  const [res, socket] = (await once(req, 'upgrade')) as [IncomingMessage, Socket]
  socket.on('error', () => {})
  return { res, socket }
}

async function refusedWith(port: number, path = '/') {
  const req = request({ host: '127.0.0.1', port, path, headers: asked, agent: false }).end()
  const [res] = (await once(req, 'response')) as [IncomingMessage]
  res.resume()
  return res.statusCode
}

describe('a WebSocket', () => {
  test('goes through both ways and counts as in flight until it is closed', async () => {
    const router = await startRouter()
    const web = await startEcho()
    await replaceTable({ generation: 1, endpoints: [endpoint(1, [web])] }, router.dataPath)
    const { res, socket } = await openWebSocket(router.port)
    expect(res.headers['x-asked']).toBe('127.0.0.1')
    socket.write('there and back')
    expect(String((await once(socket, 'data'))[0])).toBe('there and back')
    const inFlight = async () => (await routerStatus(router.dataPath)).containers[web.name]?.inFlight
    expect(await inFlight()).toBe(1)
    socket.end()
    await until(async () => (await inFlight()) === 0)
    expect((await routerStatus(router.dataPath)).endpoints[1]).toEqual({ requests: 1, lost: 0, maintenance: 0 })
  })

  test('is drained like a request: it lives on after the switch, and is cut when the time is over', async () => {
    const router = await startRouter()
    const old = await startEcho()
    await replaceTable({ generation: 1, endpoints: [endpoint(1, [old])] }, router.dataPath)
    const { socket } = await openWebSocket(router.port)
    await replaceTable({ generation: 2, endpoints: [endpoint(1, [await startEcho()])] }, router.dataPath)
    socket.write('still here')
    expect(String((await once(socket, 'data'))[0])).toBe('still here')
    const closed = once(socket, 'close')
    expect(await drained([old.name], 0.05, undefined, router.dataPath)).toBe(1)
    await closed
    expect((await routerStatus(router.dataPath)).endpoints[1]).toEqual({ requests: 1, lost: 0, maintenance: 0 })
  })

  test('that leaves by itself ends the drain', async () => {
    const router = await startRouter()
    const old = await startEcho()
    await replaceTable({ generation: 1, endpoints: [endpoint(1, [old])] }, router.dataPath)
    const { socket } = await openWebSocket(router.port)
    await replaceTable({ generation: 2, endpoints: [] }, router.dataPath)
    const waiting = drained([old.name], 60, undefined, router.dataPath)
    socket.destroy()
    expect(await waiting).toBe(0)
  })

  test('is answered with the container’s own refusal, or with the maintenance page', async () => {
    const router = await startRouter()
    const web = await startEcho()
    const gone = container('gone', await freePort())
    await replaceTable({ generation: 1, endpoints: [endpoint(1, [gone, web])] }, router.dataPath)
    expect(await refusedWith(router.port, '/refused')).toBe(403)
    await replaceTable({ generation: 2, endpoints: [endpoint(1, [gone])] }, router.dataPath)
    expect(await refusedWith(router.port)).toBe(503)
    expect((await routerStatus(router.dataPath)).endpoints[1]).toEqual({ requests: 2, lost: 0, maintenance: 1 })
  })

  test('that its container breaks off before it begins is lost', async () => {
    const router = await startRouter()
    const web = await startContainer(() => {})
    web.server.on('upgrade', (_req, socket) => socket.destroy())
    await replaceTable({ generation: 1, endpoints: [endpoint(1, [web])] }, router.dataPath)
    expect(await refusedWith(router.port)).toBe(502)
    expect((await routerStatus(router.dataPath)).endpoints[1]).toEqual({ requests: 1, lost: 1, maintenance: 0 })
  })

  test('is the only upgrade: any other protocol is asked of the container in plain HTTP', async () => {
    const router = await startRouter()
    const web = await startContainer((req, res) => void res.end(req.headers.upgrade ?? 'plain'))
    await replaceTable({ generation: 1, endpoints: [endpoint(1, [web])] }, router.dataPath)
    const req = request({ host: '127.0.0.1', port: router.port, headers: { host: 'app.test', connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'x' }, agent: false }).end()
    const [res] = (await once(req, 'response')) as [IncomingMessage]
    expect(Buffer.concat(await res.toArray()).toString()).toBe('plain')
  })
})
