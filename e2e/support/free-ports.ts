import { once } from 'node:events'
import { createServer, type Server } from 'node:net'

/** Below what systems hand out by themselves, beside the ranges Davit takes unless told otherwise. */
const first = 11_000
const last = 19_999

/** The first of so many free ports in a row. Where it begins to look is left to chance: others may look too. */
export async function freePorts(count: number): Promise<number> {
  const slots = Math.floor((last - first + 1) / count)
  const from = Math.floor(Math.random() * slots)
  for (let tried = 0; tried < slots; tried++) {
    const base = first + ((from + tried) % slots) * count
    if (await areFree(base, count)) return base
  }
  throw new Error(`There are no ${count} free ports in a row between ${first} and ${last}.`)
}

async function areFree(base: number, count: number): Promise<boolean> {
  const servers: Server[] = []
  try {
    for (let port = base; port < base + count; port++) {
      const server = createServer().listen({ port, host: '127.0.0.1', exclusive: true })
      servers.push(server)
      await once(server, 'listening')
    }
    return true
  } catch {
    return false
  } finally {
    await Promise.all(servers.filter(({ listening }) => listening).map((server) => once(server.close(), 'close')))
  }
}
