import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { request } from 'node:http'
import { describe, expect, test } from 'vitest'
import { drained, replaceTable, routerStatus } from './client.ts'
import { startLoad } from './load.ts'
import { endpoint, fetchFrom, startContainer, startRouter, until } from './testing.ts'

const text = 'x'.repeat(500)
const whole = (_req: IncomingMessage, res: ServerResponse) => void res.end(text)

describe('replaceTable', () => {
  test('loses no request over many switches under load, and counts what an outsider counts', async () => {
    const router = await startRouter()
    let serving = await startContainer(whole)
    await replaceTable({ generation: 1, endpoints: [endpoint(7, [serving])] }, router.dataPath)
    const load = startLoad({ port: router.port, host: 'app.test', connections: 16, seconds: 600, postEvery: 3, answerBytes: text.length })
    for (let generation = 2; generation < 22; generation++) {
      const next = await startContainer(whole)
      await replaceTable({ generation, endpoints: [endpoint(7, [next])] }, router.dataPath)
      expect(await drained([serving.name], 15, undefined, router.dataPath)).toBe(0)
      serving.server.close()
      serving.server.closeAllConnections()
      serving = next
      const until200More = load.count.ok + 200
      await until(async () => load.count.ok >= until200More)
    }
    const count = await load.stop()
    expect(count).toMatchObject({ lost: 0, maintenance: 0, reasons: {}, ok: count.sent })
    expect((await routerStatus(router.dataPath)).endpoints[7]).toEqual({ requests: count.sent, lost: 0, maintenance: 0 })
  })

  test('counts the same losses and maintenance pages as an outsider when the container is killed', async () => {
    const router = await startRouter()
    let half = 0
    const web = await startContainer((_req, res) => {
      res.writeHead(200, { 'content-length': text.length })
      if (load.count.ok < 300) res.end(text)
      else res.write('x', () => half++)
    })
    await replaceTable({ generation: 1, endpoints: [endpoint(7, [web])] }, router.dataPath)
    const load = startLoad({ port: router.port, host: 'app.test', connections: 16, seconds: 600, answerBytes: text.length })
    await until(async () => half === 16)
    web.server.close()
    web.server.closeAllConnections()
    await until(async () => load.count.maintenance > 50)
    const count = await load.stop()
    expect(count.lost).toBe(16)
    expect((await routerStatus(router.dataPath)).endpoints[7]).toEqual({ requests: count.sent, lost: count.lost, maintenance: count.maintenance })
  })

  test('refuses an older generation, and another table of the same', async () => {
    const { dataPath } = await startRouter()
    const web = await startContainer(whole)
    const table = { generation: 5, endpoints: [endpoint(1, [web])] }
    await replaceTable(table, dataPath)
    await replaceTable(table, dataPath)
    await expect(replaceTable({ ...table, generation: 4 }, dataPath)).rejects.toMatchObject({ code: 'conflict', message: "The router's table is of generation 5; 4 is older" })
    await expect(replaceTable({ generation: 5, endpoints: [] }, dataPath)).rejects.toMatchObject({ code: 'conflict' })
    expect((await routerStatus(dataPath)).generation).toBe(5)
  })

  test('keeps the higher generation of two at once, whichever comes first', async () => {
    const router = await startRouter()
    const [older, newer] = [await startContainer((_req, res) => void res.end('older')), await startContainer((_req, res) => void res.end('newer'))]
    for (let generation = 1; generation < 20; generation += 2) {
      const tables = [
        { generation, endpoints: [endpoint(1, [older])] },
        { generation: generation + 1, endpoints: [endpoint(1, [newer])] },
      ]
      if (generation % 4 === 1) tables.reverse()
      await Promise.allSettled(tables.map((table) => replaceTable(table, router.dataPath)))
      expect((await fetchFrom(router.port)).text).toBe('newer')
    }
  })

  test('refuses a table that names one host twice', async () => {
    const { dataPath } = await startRouter()
    const table = { generation: 1, endpoints: [endpoint(1, []), endpoint(2, [], { host: 'APP.test' })] }
    await expect(replaceTable(table, dataPath)).rejects.toMatchObject({ code: 'invalid', message: expect.stringContaining('app.test') })
  })

  test('says so when no router answers', async () => {
    const router = await startRouter()
    await router.end('SIGKILL')
    await expect(replaceTable({ generation: 1, endpoints: [] }, router.dataPath)).rejects.toMatchObject({ code: 'unavailable' })
    await expect(drained([], 1, undefined, router.dataPath)).rejects.toMatchObject({ code: 'unavailable' })
  })
})

describe('drained', () => {
  test('waits for what is in flight, which ends whole', async () => {
    const router = await startRouter()
    const arrived = Promise.withResolvers<ServerResponse>()
    const old = await startContainer((_req, res) => arrived.resolve(res))
    await replaceTable({ generation: 1, endpoints: [endpoint(1, [old])] }, router.dataPath)
    const answer = fetchFrom(router.port)
    const res = await arrived.promise
    await expect(drained([old.name], 15, undefined, router.dataPath)).rejects.toMatchObject({ code: 'conflict' })
    await replaceTable({ generation: 2, endpoints: [] }, router.dataPath)
    const order: string[] = []
    const waiting = drained([old.name], 15, undefined, router.dataPath).then((cut) => order.push(`drained, ${cut} cut`))
    await until(async () => (await routerStatus(router.dataPath)).containers[old.name]?.inFlight === 1)
    order.push('answered')
    res.end(text)
    expect((await answer).text).toBe(text)
    await waiting
    expect(order).toEqual(['answered', 'drained, 0 cut'])
  })

  test('cuts what is still there when the time is over, and counts it as lost', async () => {
    const router = await startRouter()
    const old = await startContainer((_req, res) => void res.write('never ends'))
    await replaceTable({ generation: 1, endpoints: [endpoint(1, [old])] }, router.dataPath)
    const req = request({ host: '127.0.0.1', port: router.port, headers: { host: 'app.test' }, agent: false }).end()
    const [res] = (await once(req, 'response')) as [IncomingMessage]
    const broken = once(res, 'error').catch((error: unknown) => error)
    await replaceTable({ generation: 2, endpoints: [] }, router.dataPath)
    expect(await drained([old.name], 0.05, undefined, router.dataPath)).toBe(1)
    res.resume()
    await broken
    expect((await routerStatus(router.dataPath)).endpoints[1]).toEqual({ requests: 1, lost: 1, maintenance: 0 })
    expect(await drained([old.name], 15, undefined, router.dataPath)).toBe(0)
  })

  test('cuts nothing when its caller is gone', async () => {
    const router = await startRouter()
    const arrived = Promise.withResolvers<ServerResponse>()
    const old = await startContainer((_req, res) => arrived.resolve(res))
    await replaceTable({ generation: 1, endpoints: [endpoint(1, [old])] }, router.dataPath)
    const answer = fetchFrom(router.port)
    const res = await arrived.promise
    await replaceTable({ generation: 2, endpoints: [] }, router.dataPath)
    const abort = new AbortController()
    const waiting = drained([old.name], 60, abort.signal, router.dataPath)
    abort.abort(new Error('handed over'))
    await expect(waiting).rejects.toThrow('handed over')
    res.end(text)
    expect((await answer).text).toBe(text)
  })
})
