import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { get } from 'node:http'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import pMap from 'p-map'
import { inherited } from '#lib/config.ts'
import { sql } from '#lib/db/client.ts'
import { fetchBase } from '#lib/drivers/docker/test-base.ts'
import { openTestEngine, type TestEngine } from '#lib/drivers/docker/test-engine.ts'
import { startRouter } from '#lib/start/router.ts'
import { base, pushImage } from '../support/engine.ts'
import { middleRound, printFigure } from './figure.ts'
import { perform } from './rollout.ts'

const containersCount = 20
/** As lib/operations/roll-out.ts has them. */
const atOnce = 10
const pollMs = 100
const stopSeconds = 10
const rounds = 3
const limitMs = 120_000

const server = `
require('node:http').createServer((req, res) => res.end('ok')).listen(process.env.PORT)
process.on('SIGTERM', () => process.exit(0))
`
const files = { Dockerfile: `FROM ${base}\nCOPY . /app/\n`, Procfile: 'web: node web.js\n', 'davit.yml': 'drain_seconds: 0\n', 'web.js': server }

/** All of an app's containers in place of all of the former ones, beside a loop over the Engine API that does no more than that. */
export async function bench(): Promise<void> {
  const engine = await openTestEngine()
  try {
    await fetchBase(engine, base)
    await pushImage(engine, `${engine.registry}/tiny:main`, files)
    await startRouter()
    const runner = spawn(process.execPath, [join(import.meta.dirname, '../../lib/runner/main.ts')], { env: inherited, stdio: ['ignore', 'ignore', 'inherit'] })
    const app = await prepareApp(engine)
    const bare = await prepareBare(engine)
    const found: { value: number; baseline: number }[] = []
    for (let round = 0; round < rounds; round++) found.push({ value: await rollOut(app), baseline: await bare.replaceAll() })
    const middle = middleRound(found)
    printFigure('rollout', 'seconds', middle.value, 's', middle.baseline)
    runner.kill('SIGKILL')
    await once(runner, 'exit')
  } finally {
    await engine.close()
  }
}

async function prepareApp({ socketPath, registry }: TestEngine): Promise<number> {
  const stack = (await perform('stack', 'provision', { handle: 'docker', driver: 'docker', settings: { socketPath } })).resourceId
  const environment = (await perform('environment', 'provision', { stack, handle: 'bench' })).resourceId
  const app = (await perform('app', 'provision', { environment, handle: 'tiny', from: 'image', sources: [{ url: `${registry}/tiny` }], ref: 'main' })).resourceId
  await perform('app', 'deploy', { app })
  await perform('endpoint', 'provision', { app, service: 'web', host: 'tiny.bench.test' })
  await perform('app', 'scale', { app, formation: { web: containersCount } })
  return app
}

/** From its claim to its end, by the journal; of each step to stderr, for whoever wants to know where it goes. */
async function rollOut(app: number): Promise<number> {
  const { id } = await perform('app', 'restart', { app })
  const steps = await sql<{ name: string; seconds: number }[]>`select name, extract(epoch from finished_at - started_at)::float8 as seconds from steps where operation_id = ${id} order by started_at`
  for (const { name, seconds } of steps) console.error(`  ${seconds.toFixed(3).padStart(8)} s  ${name}`)
  const [row] = await sql<{ seconds: number }[]>`select extract(epoch from finished_at - started_at)::float8 as seconds from operations where id = ${id}`
  return row!.seconds
}

interface Running {
  id: string
  address: string
}

/** No journal, no router, no log, no guard; the same image, limits and network. */
async function prepareBare({ docker, registry }: TestEngine) {
  for await (const _ of await docker.pull(`${registry}/tiny:main`));
  await docker.createNetwork({ Name: 'bare', Driver: 'bridge' })
  const create = async (): Promise<Running> => {
    const container = await docker.createContainer({ Image: `${registry}/tiny:main`, Cmd: ['node', 'web.js'], Env: ['PORT=8080'], HostConfig: { Init: true, NetworkMode: 'bare' } })
    await container.start()
    const { NetworkSettings } = await container.inspect()
    return { id: container.id, address: NetworkSettings.Networks['bare']!.IPAddress }
  }
  const stop = async ({ id }: Running) => {
    await docker.getContainer(id).stop({ t: stopSeconds })
    await docker.getContainer(id).remove()
  }
  let running: Running[] = await pMap(Array.from({ length: containersCount }), create, { concurrency: atOnce })
  return {
    async replaceAll(): Promise<number> {
      const began = performance.now()
      const former = running
      running = await pMap(former, create, { concurrency: atOnce })
      await Promise.all(running.map(untilHealthy))
      await pMap(former, stop, { concurrency: atOnce })
      return (performance.now() - began) / 1000
    },
  }
}

async function untilHealthy({ address }: Running): Promise<void> {
  const deadline = performance.now() + limitMs
  while (!(await answers(address))) {
    if (performance.now() > deadline) throw new Error(`nothing answers at ${address} after ${limitMs / 1000} s`)
    await pause(pollMs)
  }
}

function answers(host: string): Promise<boolean> {
  return new Promise((resolve) => {
    get({ host, port: 8080, agent: false }, (response) => {
      response.destroy()
      resolve(true)
    }).on('error', () => resolve(false))
  })
}
