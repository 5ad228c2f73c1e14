import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, onTestFinished, test } from 'vitest'
import { replaceTable, routerStatus } from './client.ts'
import { freePort } from './free-port.ts'
import { endpoint, fetchFrom, startContainer, startRouter, until } from './testing.ts'

async function dataFolder(name = 'davit-router-') {
  const dataPath = await mkdtemp(join(tmpdir(), name))
  onTestFinished(() => rm(dataPath, { recursive: true, force: true }))
  return dataPath
}

describe('a router that starts again', () => {
  test('routes by its last table and goes on counting, also after kill -9', async () => {
    const dataPath = await dataFolder()
    const web = await startContainer((_req, res) => void res.end('still here'))
    const port = await freePort()
    const first = await startRouter({ dataPath, port })
    await replaceTable({ generation: 3, endpoints: [endpoint(1, [web])] }, dataPath)
    await fetchFrom(port)
    await until(async () => (await readFile(join(dataPath, 'router/counters.json'), 'utf8').catch(() => '')).includes('"requests":1'))
    await first.end('SIGKILL')
    const second = await startRouter({ dataPath, port })
    expect((await fetchFrom(port)).text).toBe('still here')
    expect((await routerStatus(dataPath)).generation).toBe(3)
    expect(await second.end('SIGTERM')).toBe(0)
    await startRouter({ dataPath, port })
    expect((await routerStatus(dataPath)).endpoints).toEqual({ 1: { requests: 2, lost: 0, maintenance: 0 } })
  })

  test('lets what is in flight finish when it is told to end', async () => {
    const router = await startRouter()
    const arrived = Promise.withResolvers<ServerResponse>()
    const web = await startContainer((_req, res) => arrived.resolve(res))
    await replaceTable({ generation: 1, endpoints: [endpoint(1, [web])] }, router.dataPath)
    const answer = fetchFrom(router.port)
    const res = await arrived.promise
    const ended = router.end('SIGTERM')
    await until(async () => await fetchFrom(router.port, { host: 'nobody.test' }).then(() => false, () => true))
    res.end('in time')
    expect((await answer).text).toBe('in time')
    expect(await ended).toBe(0)
  })

  test('puts a table it cannot read aside', async () => {
    const dataPath = await dataFolder()
    const first = await startRouter({ dataPath })
    await replaceTable({ generation: 9, endpoints: [] }, dataPath)
    await first.end('SIGKILL')
    await writeFile(join(dataPath, 'router/table.json'), '{"generation": 9, "endp')
    const second = await startRouter({ dataPath })
    expect((await routerStatus(dataPath)).generation).toBe(0)
    expect(await readFile(join(dataPath, 'router/table.json.unreadable'), 'utf8')).toContain('"endp')
    await second.end('SIGKILL')
  })

  test('is one per data folder', async () => {
    const router = await startRouter()
    const env = { NODE_ENV: 'test' as const, DAVIT_DATA: router.dataPath, DAVIT_ROUTER_PORT: String(await freePort()) }
    const other = spawn(process.execPath, [join(import.meta.dirname, 'main.ts')], { env, stdio: ['ignore', 'ignore', 'pipe'] })
    const [said, [code]] = await Promise.all([text(other.stderr), once(other, 'exit')])
    expect(said).toContain('runs already')
    expect(code).toBe(1)
    expect((await routerStatus(router.dataPath)).pid).toBe(router.pid)
  })

  test('listens in a short folder when the path is too long for a socket', async () => {
    const dataPath = join(await dataFolder(), 'a-long-name'.repeat(9))
    const router = await startRouter({ dataPath })
    await replaceTable({ generation: 1, endpoints: [] }, dataPath)
    expect(await router.end('SIGTERM')).toBe(0)
  })
})
