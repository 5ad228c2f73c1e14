import { once } from 'node:events'
import { createServer, isIPv4 } from 'node:net'
import { config } from '../config.ts'
import { serverUid } from '../db/embedded-server.ts'
import { Refusal } from '../refusal.ts'

/**
 * What can be known to be wrong before anything is started.
 * @throws Refusal `invalid`, naming the variable to set.
 */
export function checkConfig(): void {
  const { protocol, hostname } = new URL(config.url)
  const beyondLoopback = !isLoopback(config.host) || !isLoopback(hostname)
  if (protocol === 'http:' && beyondLoopback && !config.allowHttp)
    throw new Refusal(
      'invalid',
      `Davit would be reached over plain http at ${config.url}, where passwords and cookies can be read on the way.\nSet DAVIT_URL to the https address of the proxy in front of it, or DAVIT_ALLOW_HTTP=1 to accept that.`,
    )
  const { first, last } = config.uids
  if (!config.databaseUrl && first <= serverUid && serverUid <= last) throw new Refusal('invalid', `DAVIT_UIDS must not hold ${serverUid}, the uid of Davit's own Postgres.`)
}

/** @throws Refusal `conflict` naming the variable to set. */
export async function checkPort(host: string, port: number, variable: string, purpose: string): Promise<void> {
  const server = createServer().listen({ port, host, exclusive: true })
  try {
    await once(server, 'listening')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const why = code === 'EADDRINUSE' ? 'another process listens there' : message
    throw new Refusal('conflict', `Port ${port} on ${host}, ${purpose}, cannot be used: ${why}. Set ${variable} to another.`)
  }
  server.close()
  await once(server, 'close')
}

const isLoopback = (host: string) => host === 'localhost' || host.endsWith('.localhost') || (isIPv4(host) && host.startsWith('127.')) || host === '::1' || host === '[::1]'
