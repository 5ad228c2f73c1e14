import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { eq } from 'drizzle-orm'
import pMap from 'p-map'
import { operations } from '#drizzle/schema/operation.ts'
import { config, inherited } from '#lib/config.ts'
import { db, sql } from '#lib/db/client.ts'
import { findDefinition } from '#lib/operations/index.ts'
import { start } from '#lib/runner/start.ts'
import { startRouter } from '#lib/start/router.ts'
import { middleRound, printFigure } from './figure.ts'
import { actor } from './runner.ts'

const containersCount = 100
/** As lib/operations/roll-out.ts has them. */
export const atOnce = 10
const pollMs = 100
const rounds = 3
const limitSeconds = 120

export const server = `
require('node:http').createServer((req, res) => res.end('ok')).listen(process.env.PORT)
process.on('SIGTERM', () => process.exit(0))
`

/** From claim to switch confirmed, beside a loop that does no more than start the same program and ask it for health. */
export async function bench(folder: string): Promise<void> {
  await compare(async () => {
    const source = makeSource(folder)
    const app = await prepareApp({ handle: 'local' }, { sources: [{ url: source }] })
    return async () => {
      const round = { value: await rollOut(app), baseline: await bareLoop(source) }
      await perform('app', 'scale', { app, formation: { web: 1 } })
      return round
    }
  })
}

/** With a router and a runner, round after round of what is prepared; prints the middle one. */
export async function compare(prepare: () => Promise<() => Promise<{ value: number; baseline: number }>>): Promise<void> {
  await startRouter()
  const runner = spawn(process.execPath, [join(import.meta.dirname, '../../lib/runner/main.ts')], { env: inherited, stdio: ['ignore', 'ignore', 'inherit'] })
  const round = await prepare()
  const found: { value: number; baseline: number }[] = []
  for (let count = 0; count < rounds; count++) found.push(await round())
  const middle = middleRound(found)
  printFigure('rollout', 'seconds', middle.value, 's', middle.baseline)
  runner.kill('SIGKILL')
  await once(runner, 'exit')
}

function makeSource(folder: string): string {
  const path = join(folder, 'tiny')
  mkdirSync(path)
  chmodSync(path, 0o755)
  writeFileSync(join(path, 'Procfile'), 'web: node web.js\n')
  writeFileSync(join(path, 'web.js'), server)
  const git = (...args: string[]) => execFileSync('git', ['-C', path, '-c', 'user.name=bench', '-c', 'user.email=bench@localhost', ...args])
  git('init', '--quiet')
  git('add', '--all')
  git('commit', '--quiet', '-m', 'tiny')
  return path
}

export async function prepareApp(ofStack: object, ofApp: object): Promise<number> {
  const stack = (await perform('stack', 'provision', ofStack)).resourceId
  const environment = (await perform('environment', 'provision', { stack, handle: 'bench' })).resourceId
  const app = (await perform('app', 'provision', { environment, handle: 'tiny', ...ofApp })).resourceId
  await perform('app', 'deploy', { app })
  await perform('endpoint', 'provision', { app, service: 'web', host: 'tiny.bench.test' })
  return app
}

export async function perform(kind: string, type: string, input: object, limit = limitSeconds) {
  const { id } = await start(findDefinition(kind, type), input as never, actor)
  const deadline = performance.now() + limit * 1000
  for (;;) {
    const [row] = await db.select().from(operations).where(eq(operations.id, id))
    if (row?.status === 'succeeded') return row
    if (row?.finishedAt || performance.now() > deadline) throw new Error(`${row?.title} did not succeed: ${row?.status} ${row?.error}`)
    await pause(50)
  }
}

/** By the journal: the switch is closed once the router has confirmed it. */
async function rollOut(app: number): Promise<number> {
  const { id } = await perform('app', 'scale', { app, formation: { web: containersCount } })
  const [row] = await sql<{ seconds: number }[]>`
    select extract(epoch from s.finished_at - o.started_at)::float8 as seconds from operations o
    join steps s on s.operation_id = o.id and s.name = 'switch to the new release' and s.state = 'succeeded' where o.id = ${id}`
  return row!.seconds
}

/** Nobody's user, no namespaces, no layer, no journal, no log: processes and health checks. */
async function bareLoop(source: string): Promise<number> {
  const first = config.containerPorts.first + 400
  const began = performance.now()
  const children: ReturnType<typeof spawn>[] = []
  const ports = Array.from({ length: containersCount }, (_, i) => first + i)
  await pMap(ports, async (port) => {
    const child = spawn('node', ['web.js'], { cwd: source, env: { PATH: inherited.PATH, PORT: String(port), NODE_ENV: 'test' }, stdio: 'ignore', detached: true })
    children.push(child)
    await once(child, 'spawn')
  }, { concurrency: atOnce })
  await Promise.all(ports.map((port) => untilHealthy({ host: '127.0.0.1', port })))
  const seconds = (performance.now() - began) / 1000
  await Promise.all(children.map((child) => (child.kill('SIGKILL'), once(child, 'exit'))))
  return seconds
}

interface Address {
  host: string
  port: number
}

export async function untilHealthy(address: Address): Promise<void> {
  const deadline = performance.now() + limitSeconds * 1000
  while (!(await answers(address))) {
    if (performance.now() > deadline) throw new Error(`nothing answers at ${address.host}:${address.port} after ${limitSeconds} s`)
    await pause(pollMs)
  }
}

function answers(address: Address): Promise<boolean> {
  return new Promise((resolve) => {
    get({ ...address, agent: false }, (response) => {
      response.destroy()
      resolve(true)
    }).on('error', () => resolve(false))
  })
}
