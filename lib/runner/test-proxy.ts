import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect as dial, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Proxy {
  path: string
  /** From here on the nth request that matches is carried out, and its answer dropped together with the connection. */
  loseAnswer(nth: number, matches: (request: string) => boolean): void
  /** Whether that has happened. */
  lost(): boolean
  close(): Promise<void>
}

/** Asks Postgres to carry out what was sent, and to answer. */
const sync = Buffer.from('S\0\0\0\x04', 'latin1')

/** Stands between a pool and Postgres on a Unix socket. */
export async function openProxy(target: string): Promise<Proxy> {
  const folder = await mkdtemp(join(tmpdir(), 'davit-proxy-'))
  const path = join(folder, 'socket')
  const sockets = new Set<Socket>()
  let matches: (request: string) => boolean = () => false
  let left = 0

  const server = createServer((client) => {
    const upstream = dial(target)
    let asked = false
    let losing = false
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    client.on('data', (chunk) => {
      if (left > 0 && matches(chunk.toString('latin1'))) asked = --left === 0
      // A statement with parameters is described first, and carried out by what follows.
      losing ||= asked && chunk.subarray(-sync.length).equals(sync)
      upstream.write(chunk)
    })
    upstream.on('data', (chunk) => {
      // Postgres answers a commit once it is done: nothing of the answer reaches the client.
      if (losing) client.destroy()
      else client.write(chunk)
    })
  })
  server.listen(path)
  await once(server, 'listening')
  return {
    path,
    loseAnswer(nth, which) {
      left = nth
      matches = which
    },
    lost: () => left === 0,
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
      await rm(folder, { recursive: true })
    },
  }
}
