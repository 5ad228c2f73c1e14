import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { moveOut } from '../../lib/drivers/docker/docker-world.ts'
import { readMessages } from '../../lib/drivers/docker/messages.ts'
import { type Between, lastLayer, openBetween, openRegistryBetween } from '../../lib/drivers/docker/test-between.ts'
import { fetchBase } from '../../lib/drivers/docker/test-base.ts'
import { openTestEngine, type TestEngine } from '../../lib/drivers/docker/test-engine.ts'

export const base = 'davit-e2e:base'

/** An engine and a registry of their own, each behind something that can hold back what it is asked. */
export interface Harbour {
  engine: TestEngine
  socketPath: string
  /** Stands in for `engine.registry`. */
  mirror: Between
  /** What is asked of the engine, or of the mirror, on these paths waits from now on; null: nothing does. */
  hold(what: RegExp | null): void
  /** The path of a layer that nothing but this image has. */
  layerOf(name: string, tag: string): Promise<RegExp>
  /** How many wait. */
  held(): number
  /** Pushes an image that answers "hello from VERSION"; its digest. */
  push(name: string, tag: string, version: string): Promise<string>
  close(): Promise<void>
}

export async function openHarbour(): Promise<Harbour> {
  const engine = await openTestEngine()
  let holding: RegExp | null = null
  const treat = (path: string) => (holding?.test(path) ? 'hold' : 'pass')
  const between = await openBetween(engine.socketPath, treat)
  const mirror = await openRegistryBetween(engine.registry, treat)
  await fetchBase(engine, base)
  return {
    engine,
    socketPath: between.socketPath,
    mirror,
    hold(what) {
      holding = what
      if (what !== null) return
      between.release()
      mirror.release()
    },
    layerOf: async (name, tag) => new RegExp(`/blobs/${await lastLayer(engine.registry, name, tag)}`),
    held: () => between.held() + mirror.held(),
    push: (name, tag, version) => pushImage(engine, `${engine.registry}/${name}:${tag}`, imageFiles(version)),
    async close() {
      mirror.close()
      between.close()
      await engine.close()
    },
  }
}

/** Builds and pushes an image of these files, of which the engine keeps no name; its digest. */
export async function pushImage({ docker }: TestEngine, image: string, files: Record<string, string>): Promise<string> {
  const context = mkdtempSync(join(tmpdir(), 'davit-image-'))
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(context, name), text)
    const built = (await docker.buildImage({ context, src: Object.keys(files) }, { t: image, forcerm: true })) as Readable
    for await (const { error } of readMessages(built)) if (error !== undefined) throw new Error(error)
    return await moveOut(docker, image)
  } finally {
    rmSync(context, { recursive: true, force: true })
  }
}

/** `deaf` listens on another port than it was given. */
export const imageFiles = (version: string) => ({
  Dockerfile: `FROM ${base}\nCOPY server.js /app/\nCMD ["node", "server.js"]\n`,
  'server.js': `
const server = require('node:http').createServer((request, response) => request.resume().on('end', () => response.end('hello from ${version}\\n')))
server.listen(${version === 'deaf' ? 0 : 'process.env.PORT'}, () => console.log('${version} listens on ' + server.address().port))
process.on('SIGTERM', () => server.close(() => process.exit(0)))
`,
})
