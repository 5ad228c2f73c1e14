import { rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { z } from 'zod'
import { Refusal } from '../refusal.ts'
import type { Router } from './router.ts'
import { RouterTable } from './table.ts'

const bodyBytesMax = 64 * 1024 * 1024
const statusOf = { invalid: 400, forbidden: 403, not_found: 404, conflict: 409, unavailable: 503 }

const Drain = z.object({ containers: z.array(z.string()), seconds: z.number().min(0).max(86_400) })

/**
 * The control API, HTTP over a Unix socket in a folder of mode 0700: PUT /table, GET /status, POST /drain.
 * A refusal is answered as `{ code, message }` with the status of its code.
 * @throws Refusal `conflict` when a router answers there already.
 */
export async function openControl(router: Router, path: string): Promise<Server> {
  if (await answers(path)) throw new Refusal('conflict', `A router of this data folder runs already (${path})`)
  await rm(path, { force: true })
  const server = createServer((req, res) => {
    answer(router, req, res).catch((error: unknown) => respond(res, 500, { code: 'unavailable', message: String(error) }))
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve))
  return server
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => resolve(true))
    socket.on('error', () => resolve(false)).on('connect', () => socket.destroy())
  })
}

async function answer(router: Router, req: IncomingMessage, res: ServerResponse) {
  try {
    respond(res, 200, await carryOut(router, req, res))
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    respond(res, statusOf[error.code], { code: error.code, message: error.message })
  }
}

async function carryOut(router: Router, req: IncomingMessage, res: ServerResponse): Promise<unknown> {
  const call = `${req.method} ${req.url}`
  if (call === 'GET /status') return router.status()
  if (call === 'PUT /table') {
    await router.replace(parse(RouterTable, await read(req)))
    return {}
  }
  if (call === 'POST /drain') {
    const { containers, seconds } = parse(Drain, await read(req))
    const left = new AbortController()
    res.once('close', () => left.abort())
    return { cut: await router.drain(containers, seconds, left.signal) }
  }
  throw new Refusal('not_found', `The router does not know ${call}`)
}

async function read(req: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of req as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > bodyBytesMax) throw new Refusal('invalid', `A table may have ${bodyBytesMax} bytes`)
    chunks.push(chunk)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch {
    throw new Refusal('invalid', 'That is not JSON')
  }
}

function parse<Schema extends z.ZodType>(schema: Schema, value: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(value)
  if (!parsed.success) throw new Refusal('invalid', z.prettifyError(parsed.error))
  return parsed.data
}

function respond(res: ServerResponse, status: number, body: unknown) {
  if (res.destroyed) return
  res.writeHead(status, { 'content-type': 'application/json', connection: 'close' }).end(JSON.stringify(body))
}
