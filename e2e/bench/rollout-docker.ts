import pMap from 'p-map'
import { sql } from '#lib/db/client.ts'
import { fetchBase } from '#lib/drivers/docker/test-base.ts'
import { openTestEngine, type TestEngine } from '#lib/drivers/docker/test-engine.ts'
import { base, pushImage } from '../support/engine.ts'
import { atOnce, compare, perform, prepareApp, server, untilHealthy } from './rollout.ts'

const containersCount = 20
/** As lib/operations/roll-out.ts has it. */
const stopSeconds = 10

const files = { Dockerfile: `FROM ${base}\nCOPY . /app/\n`, Procfile: 'web: node web.js\n', 'davit.yml': 'drain_seconds: 0\n', 'web.js': server }

/** All of an app's containers in place of all of the former ones, beside a loop over the Engine API that does no more than that. */
export async function bench(): Promise<void> {
  const engine = await openTestEngine()
  const { socketPath, registry } = engine
  try {
    await fetchBase(engine, base)
    await pushImage(engine, `${registry}/tiny:main`, files)
    await compare(async () => {
      const app = await prepareApp({ handle: 'docker', driver: 'docker', settings: { socketPath } }, { from: 'image', sources: [{ url: `${registry}/tiny` }], ref: 'main' })
      await perform('app', 'scale', { app, formation: { web: containersCount } })
      const bare = await prepareBare(engine)
      return async () => ({ value: await rollOut(app), baseline: await bare.replaceAll() })
    })
  } finally {
    await engine.close()
  }
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
      await Promise.all(running.map(({ address }) => untilHealthy({ host: address, port: 8080 })))
      await pMap(former, stop, { concurrency: atOnce })
      return (performance.now() - began) / 1000
    },
  }
}
