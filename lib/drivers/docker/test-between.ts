import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** `says`: the words with which it fails, on its own account where no other status is given. */
type Treatment = 'pass' | 'hold' | 'lose the answer' | { says: string; status?: number }
type Treat = (path: string, times: number) => Treatment

/** Somebody between those who ask and an engine or a registry, who does something to some questions; `times` counts those of the same path. */
export interface Between {
  /** Of a registry: `127.0.0.1:PORT`. */
  address: string
  socketPath: string
  lost(): number
  held(): number
  /** Those that are held are asked after all, also for those who have left. */
  release(): void
  close(): void
}

/** A socket that leads to an engine's. */
export async function openBetween(engine: string, treat: Treat): Promise<Between> {
  const folder = mkdtempSync(join(tmpdir(), 'davit-between-'))
  const socketPath = join(folder, 'engine.sock')
  const { server, ...between } = serve({ socketPath: engine }, treat)
  await once(server.listen(socketPath), 'listening')
  const close = () => {
    between.close()
    rmSync(folder, { recursive: true, force: true })
  }
  return { ...between, close, socketPath, address: '' }
}

/** A registry in front of that one. */
export async function openRegistryBetween(registry: string, treat: Treat): Promise<Between> {
  const [hostname, port] = registry.split(':')
  const { server, ...between } = serve({ hostname, port }, treat)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return { ...between, socketPath: '', address: `127.0.0.1:${(server.address() as AddressInfo).port}` }
}

/** The digest of what an image has that the one below it has not. */
export async function lastLayer(registry: string, name: string, tag: string): Promise<string> {
  const accept = 'application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json'
  const answer = await fetch(`http://${registry}/v2/${name}/manifests/${tag}`, { headers: { accept } })
  const { layers } = (await answer.json()) as { layers: { digest: string }[] }
  return layers.at(-1)!.digest
}

function serve(target: { socketPath: string } | { hostname: string | undefined; port: string | undefined }, treat: Treat) {
  const asked = new Map<string, number>()
  const held: (() => void)[] = []
  let lost = 0
  const server = createServer((incoming, answer) => {
    const { url = '', method, headers } = incoming
    const [path] = url.split('?') as [string]
    asked.set(path, (asked.get(path) ?? 0) + 1)
    const treatment = treat(path, asked.get(path) as number)
    const pass = () => {
      const onward = request({ ...target, path: url, method, headers }, (given) => {
        if (treatment === 'lose the answer') {
          lost++
          given.resume().on('end', () => answer.destroy())
          return
        }
        answer.writeHead(given.statusCode ?? 502, given.headers)
        answer.flushHeaders()
        given.pipe(answer)
        // Whoever leaves in mid-answer ends what it was the answer of.
        answer.once('close', () => onward.destroy())
      })
      onward.on('error', () => answer.destroy())
      incoming.pipe(onward)
    }
    if (typeof treatment === 'object') answer.writeHead(treatment.status ?? 500, { 'content-type': 'application/json' }).end(JSON.stringify({ message: treatment.says }))
    else if (treatment === 'hold') held.push(pass)
    else pass()
  })
  return {
    server,
    lost: () => lost,
    held: () => held.length,
    release: () => held.splice(0).forEach((pass) => pass()),
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
