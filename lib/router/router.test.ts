import { once } from 'node:events'
import { type IncomingMessage, request, type RequestOptions } from 'node:http'
import { describe, expect, test } from 'vitest'
import { replaceTable, routerStatus } from './client.ts'
import { freePort } from './free-port.ts'
import { container, endpoint, fetchFrom, startContainer, startRouter, until } from './testing.ts'

const text = 'a whole answer of some bytes'

describe('a request', () => {
  test('reaches the container of its host with who asks and when', async () => {
    const router = await startRouter()
    const seen: IncomingMessage[] = []
    const web = await startContainer((req, res) => {
      seen.push(req)
      res.setHeader('connection', 'x-hop').setHeader('x-hop', '1').setHeader('x-kept', '2').end(text)
    })
    await replaceTable({ generation: 1, endpoints: [endpoint(1, [web], { host: 'shop.test' })] }, router.dataPath)
    const answer = await fetchFrom(router.port, { host: 'Shop.Test:8080', connection: 'keep-alive, x-secret', 'x-secret': '1', 'keep-alive': 'timeout=5', 'x-forwarded-for': '10.0.0.9' })
    expect(answer).toMatchObject({ status: 200, text, headers: { 'x-kept': '2', connection: 'keep-alive' } })
    expect(answer.headers).not.toHaveProperty('x-hop')
    expect(seen[0]?.headers).toMatchObject({ host: 'Shop.Test:8080', 'x-forwarded-for': '10.0.0.9, 127.0.0.1', 'x-forwarded-proto': 'http', 'x-forwarded-host': 'Shop.Test:8080', 'x-request-start': expect.stringMatching(/^t=\d{13}$/) })
    expect(seen[0]?.headers).not.toHaveProperty('x-secret')
    expect(seen[0]?.headers).not.toHaveProperty('keep-alive')
  })

  test('to an unknown host gets a quiet 404 that nobody counts', async () => {
    const router = await startRouter()
    expect((await fetchFrom(router.port, { host: 'nobody.test' })).status).toBe(404)
    expect((await routerStatus(router.dataPath)).endpoints).toEqual({})
  })

  test('streams both ways before either is complete', async () => {
    const router = await startRouter()
    const web = await startContainer((req, res) => req.pipe(res))
    await replaceTable({ generation: 1, endpoints: [endpoint(1, [web])] }, router.dataPath)
    const req = open(router.port, { method: 'POST' })
    req.write('first')
    const [res] = (await once(req, 'response')) as [IncomingMessage]
    expect(String((await once(res, 'data'))[0])).toBe('first')
    req.end('second')
    expect(Buffer.concat(await res.toArray()).toString()).toBe('second')
  })

  test('is cancelled at its container when the client leaves, and is no loss', async () => {
    const router = await startRouter()
    const cancelled = Promise.withResolvers<void>()
    const web = await startContainer((_req, res) => {
      res.write('begin')
      res.once('close', () => cancelled.resolve())
    })
    await replaceTable({ generation: 1, endpoints: [endpoint(1, [web])] }, router.dataPath)
    const req = open(router.port).end()
    const [res] = (await once(req, 'response')) as [IncomingMessage]
    res.on('error', () => {})
    req.destroy()
    await cancelled.promise
    expect((await routerStatus(router.dataPath)).endpoints).toEqual({ 1: { requests: 1, lost: 0, maintenance: 0 } })
  })

  test('is lost when its container breaks off within the answer, and the client can tell', async () => {
    const router = await startRouter()
    const web = await startContainer((_req, res) => {
      res.writeHead(200, { 'content-length': 100 })
      res.write('half', () => res.destroy())
    })
    await replaceTable({ generation: 1, endpoints: [endpoint(1, [web])] }, router.dataPath)
    await expect(fetchFrom(router.port)).rejects.toThrow(/aborted/)
    expect((await routerStatus(router.dataPath)).endpoints[1]).toMatchObject({ requests: 1, lost: 1 })
  })

  test('that may not be repeated gets 502 when its container breaks off before the answer', async () => {
    const router = await startRouter()
    let taken = 0
    const web = await startContainer((req) => {
      taken++
      req.destroy()
    })
    const other = await startContainer((_req, res) => void res.end(text))
    await replaceTable({ generation: 1, endpoints: [endpoint(1, [web])] }, router.dataPath)
    expect((await fetchFrom(router.port, {}, 'POST')).status).toBe(502)
    expect(taken).toBe(1)
    await replaceTable({ generation: 2, endpoints: [endpoint(1, [web, other])] }, router.dataPath)
    for (let i = 0; i < 4; i++) expect((await fetchFrom(router.port)).status).toBe(200)
    expect((await routerStatus(router.dataPath)).endpoints[1]).toEqual({ requests: 5, lost: 1, maintenance: 0 })
  })

  test('with a body goes to another container when one cannot be connected to', async () => {
    const router = await startRouter()
    const gone = container('gone', await freePort())
    const web = await startContainer((req, res) => req.pipe(res))
    await replaceTable({ generation: 1, endpoints: [endpoint(1, [gone, web])] }, router.dataPath)
    const req = open(router.port, { method: 'POST', agent: false }).end(text)
    const [res] = (await once(req, 'response')) as [IncomingMessage]
    expect(Buffer.concat(await res.toArray()).toString()).toBe(text)
    expect((await routerStatus(router.dataPath)).containers.gone).toMatchObject({ healthy: false })
  })

  test('whose headers are too large is refused, and the router goes on', async () => {
    const router = await startRouter()
    expect((await fetchFrom(router.port, { 'x-large': 'x'.repeat(40_000) })).status).toBe(431)
    expect((await fetchFrom(router.port)).status).toBe(404)
  })
})

describe('an endpoint', () => {
  test('without a container shows its maintenance page, counted apart', async () => {
    const router = await startRouter()
    const own = { ...endpoint(1, []), maintenancePage: '<h1>Closed for cake</h1>' }
    await replaceTable({ generation: 1, endpoints: [own, endpoint(2, [], { host: 'plain.test' })] }, router.dataPath)
    expect(await fetchFrom(router.port)).toMatchObject({ status: 503, text: own.maintenancePage, headers: { 'retry-after': '5' } })
    expect((await fetchFrom(router.port, { host: 'plain.test' })).text).toContain('Back soon')
    expect((await routerStatus(router.dataPath)).endpoints).toEqual({ 1: { requests: 1, lost: 0, maintenance: 1 }, 2: { requests: 1, lost: 0, maintenance: 1 } })
  })

  test('may have a port of its own, which closes with it', async () => {
    const router = await startRouter()
    const web = await startContainer((_req, res) => void res.end(text))
    const port = await freePort()
    await replaceTable({ generation: 1, endpoints: [endpoint(1, [web], { port })] }, router.dataPath)
    expect((await fetchFrom(port, { host: 'anything' })).text).toBe(text)
    await replaceTable({ generation: 2, endpoints: [] }, router.dataPath)
    await expect(fetchFrom(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })

  test('whose port is taken refuses the switch, and the old table stays in force', async () => {
    const router = await startRouter()
    const web = await startContainer((_req, res) => void res.end(text))
    const free = await freePort()
    await replaceTable({ generation: 1, endpoints: [endpoint(1, [web])] }, router.dataPath)
    const wanted = { generation: 2, endpoints: [endpoint(2, [web], { port: free }), endpoint(3, [web], { port: web.port })] }
    await expect(replaceTable(wanted, router.dataPath)).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining(`:${web.port}: another process listens there`) })
    expect((await fetchFrom(router.port)).text).toBe(text)
    await expect(fetchFrom(free)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    expect((await routerStatus(router.dataPath)).generation).toBe(1)
  })
})

describe('health', () => {
  test('takes a dead container out of rotation and back in when it answers again', async () => {
    const router = await startRouter()
    const port = await freePort()
    const lives = await startContainer((_req, res) => void res.end(text))
    await replaceTable({ generation: 1, endpoints: [endpoint(1, [container('dies', port), lives])] }, router.dataPath)
    const inRotation = async () => (await routerStatus(router.dataPath)).containers.dies?.healthy
    await until(async () => (await inRotation()) === false)
    expect((await routerStatus(router.dataPath)).serving).toEqual({ 1: { containers: 2, healthy: 1 } })
    await startContainer((_req, res) => void res.writeHead(500).end(), port)
    await until(async () => (await inRotation()) === true)
  })

  test('is strict where the endpoint asks for it', async () => {
    const router = await startRouter()
    let status = 500
    const web = await startContainer((req, res) => void res.writeHead(req.url === '/healthcheck' ? status : 200).end(text))
    const strict = { ...endpoint(1, [web]), health: { path: '/healthcheck', strict: true } }
    await replaceTable({ generation: 1, endpoints: [strict] }, router.dataPath)
    await until(async () => (await fetchFrom(router.port)).status === 503)
    expect((await routerStatus(router.dataPath)).containers[web.name]?.reason).toBe('answers 500 to /healthcheck')
    expect((await routerStatus(router.dataPath)).serving).toEqual({ 1: { containers: 1, healthy: 0 } })
    status = 200
    await until(async () => (await fetchFrom(router.port)).status === 200)
  })
})

function open(port: number, options: RequestOptions = {}) {
  return request({ host: '127.0.0.1', port, headers: { host: 'app.test' }, agent: false, ...options })
}
