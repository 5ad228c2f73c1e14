import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type RequestListener, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import { routerStatus } from './client.ts'
import { freePort } from './free-port.ts'
import type { RouterEndpoint } from './table.ts'

export const container = (name: string, port: number) => ({ name, host: '127.0.0.1', port })

export function endpoint(id: number, containers: RouterEndpoint['containers'], at: { host?: string; port?: number } = { host: 'app.test' }): RouterEndpoint {
  const plain = containers.map(({ name, host, port }) => ({ name, host, port }))
  return { id, host: at.host ?? null, port: at.port ?? null, containers: plain, health: { path: '/', strict: false }, maintenancePage: null }
}

let made = 0

/** A server on a port of its own that answers as told; checks of the router get an answer of their own. */
export async function startContainer(answer: RequestListener, port = 0) {
  const server = createServer((req, res) => {
    if (req.headers['user-agent'] === 'davit-router' && req.url === '/') res.end()
    else answer(req, res)
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return { ...container(`web-${++made}`, (server.address() as AddressInfo).port), server }
}

/** A router in a process of its own, ended with the test. */
export async function startRouter(given: { dataPath?: string; port?: number } = {}) {
  const dataPath = given.dataPath ?? (await mkdtemp(join(tmpdir(), 'davit-router-')))
  const port = given.port ?? (await freePort())
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts')], {
    env: { NODE_ENV: 'test' as const, DAVIT_DATA: dataPath, DAVIT_ROUTER_PORT: String(port) },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
    child.kill(signal)
    return ((await once(child, 'exit')) as [number | null])[0]
  }
  onTestFinished(async () => {
    await end('SIGKILL')
    if (!given.dataPath) await rm(dataPath, { recursive: true, force: true })
  })
  await once(child.stdout, 'data')
  return { dataPath, port, end, pid: (await routerStatus(dataPath)).pid }
}

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  text: string
}

export async function fetchFrom(port: number, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const req = request({ host: '127.0.0.1', port, method, headers: { host: 'app.test', connection: 'keep-alive', ...headers }, agent: false }, (res) => {
    res.toArray().then((chunks) => resolve({ status: res.statusCode ?? 0, headers: res.headers, text: Buffer.concat(chunks as Buffer[]).toString() }), reject)
  })
  req.once('error', reject).end()
  return promise
}

/** Looks again until there is something, or it is so; the test's own time limit ends it. */
export async function until<Found>(look: () => Promise<Found | false | null>): Promise<Found> {
  for (;;) {
    const found = await look()
    if (found) return found
    await delay(20)
  }
}
