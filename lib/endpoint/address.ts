import { and, eq, isNotNull, isNull, ne } from 'drizzle-orm'
import { endpoints, routerTable } from '#drizzle/schema/endpoint.ts'
import { config } from '../config.ts'
import type { Transaction } from '../db/client.ts'
import { addressName, listGivenUp, refuseGivenUp } from '../handle/given-up.ts'
import { Refusal } from '../refusal.ts'
import { lookUpRelease } from '../release/create.ts'

interface Wished {
  service: string
  host: string | null
  port: number | null
  currentReleaseId: number | null
}

/** Says at once what could not work: a service without a port, an address that is taken or out of range. */
export async function refuseUnlessRoutable(tx: Transaction, { service, host, port, currentReleaseId }: Wished, except = 0): Promise<void> {
  const release = await lookUpRelease(tx, currentReleaseId)
  const settings = release && Object.hasOwn(release.manifest.services, service) ? release.manifest.services[service] : undefined
  if (release && !settings) throw new Refusal('invalid', `The current release has no service "${service}".`, { service: 'no such service' })
  if (settings && !settings.port) {
    throw new Refusal('invalid', `The service "${service}" listens on no port. Give it "port: true" in davit.yml.`, { service: 'listens on no port' })
  }
  const { first, last } = config.endpointPorts
  if (port !== null && port !== 0 && (port < first || port > last)) {
    throw new Refusal('invalid', `A port of its own must lie between ${first} and ${last}.`, { port: `${first} to ${last}` })
  }
  const same = host !== null ? eq(endpoints.host, host) : port ? eq(endpoints.port, port) : null
  if (!same) return
  const [taken] = await tx.select({ id: endpoints.id }).from(endpoints).where(and(same, isNull(endpoints.deprovisionedAt), ne(endpoints.id, except)))
  if (taken) throw new Refusal('conflict', 'Another endpoint has this address.', { [host !== null ? 'host' : 'port']: 'taken' })
  await refuseGivenUp(tx, addressName({ host, port }), host !== null ? 'host' : 'port', except)
}

/** Two who choose addresses at once wait for each other here; the lock is that of every new table. */
export async function holdAddresses(tx: Transaction): Promise<void> {
  await tx.select().from(routerTable).for('update')
}

/** Port 0 becomes the first free one. The caller holds the addresses. */
export async function chooseAddress(tx: Transaction, endpointId: number, host: string | null, port: number | null): Promise<{ host: string | null; port: number | null }> {
  if (host !== null || port !== 0) return { host, port }
  const [own] = await tx.select({ port: endpoints.port }).from(endpoints).where(eq(endpoints.id, endpointId))
  if (own) return { host: null, port: own.port }
  const taken = await tx.select({ port: endpoints.port }).from(endpoints).where(and(isNotNull(endpoints.port), isNull(endpoints.deprovisionedAt)))
  const used = new Set(taken.map((row) => row.port))
  for (const name of await listGivenUp(tx)) if (name.startsWith('port ')) used.add(Number(name.slice(5)))
  for (let free = config.endpointPorts.first; free <= config.endpointPorts.last; free++) {
    if (!used.has(free)) return { host: null, port: free }
  }
  throw new Refusal('conflict', `All ports from ${config.endpointPorts.first} to ${config.endpointPorts.last} are taken.`, { port: 'none is free' })
}
