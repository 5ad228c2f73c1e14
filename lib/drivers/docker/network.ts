import type { NetworkInspectInfo } from 'dockerode'
import { Refusal } from '../../refusal.ts'
import type { StepIo } from '../driver.ts'
import { rangesAtHand, type AddressRange } from '../machine/routes.ts'
import { statusOf, unlessAbsent, wordsOf } from './engine.ts'
import { filtersOf, label, type Labels } from './labels.ts'
import type { DockerStack } from './open.ts'

/** /22: room for a thousand containers of one environment, which is as many as a bridge has ports. */
const hostBits = 10
const prefix = 32 - hostBits

export interface Network {
  id: string
  name: string
  /** Of the network itself. */
  base: number
}

export const networkName = (realm: string, part: string) => `davit-${realm}-${part}`

/** Its containers reach each other here, by address and by name; those of others the engine keeps out. The caller is alone. */
export async function haveEnvironment(stack: DockerStack, environment: number, io: StepIo): Promise<Network> {
  return await haveNetwork(stack, networkName(stack.realm, `environment-${environment}`), { [label.environment]: String(environment) }, io)
}

/** Of environments that have no container any more, not even an ended one; the next one makes them anew. Not while somebody does. */
export async function removeEmptyEnvironments({ engine: { docker, ask }, realm, addressLocks }: DockerStack): Promise<void> {
  await addressLocks.aloneIfFree(realm, async () => {
    const filters = filtersOf(realm, label.environment)
    for (const { Id } of await ask(null, (abortSignal) => docker.listNetworks({ filters, abortSignal }))) {
      const left = await ask(null, (abortSignal) => docker.listContainers({ all: true, filters: { network: [Id] }, abortSignal }))
      if (left.length === 0) await ask(null, (abortSignal) => unlessInUse(unlessAbsent(docker.getNetwork(Id).remove({ abortSignal }))))
    }
  })
}

/** A container that is on its way out is not listed any more and may still be in it; the next look removes it. */
async function unlessInUse(answer: Promise<unknown>): Promise<void> {
  try {
    await answer
  } catch (error) {
    if (statusOf(error) !== 403) throw error
  }
}

/**
 * A network with a range that we choose: only then does the engine take the address we choose for a
 * container, so that one that is started again is found where it was. The caller is alone.
 */
export async function haveNetwork(stack: DockerStack, name: string, labels: Labels, io: StepIo): Promise<Network> {
  const { docker, ask, change } = stack.engine
  const all = await ask(io, (abortSignal) => docker.listNetworks({ abortSignal }))
  const there = ownAmong(all, stack, name)
  if (there !== null) return there
  const known = all.flatMap((each) => (each.IPAM?.Config ?? []).flatMap(({ Subnet }) => rangeOf(Subnet)))
  for (const base of basesFor(stack, labels[label.environment])) {
    if ([...known, ...rangesAtHand()].some((range) => meets(range, base))) continue
    const IPAM = { Driver: 'default', Config: [{ Subnet: `${asAddress(base)}/${prefix}`, Gateway: asAddress(base + 1) }] }
    const Labels = { [label.realm]: stack.realm, ...labels }
    try {
      const { id } = await change(io, (abortSignal) => docker.createNetwork({ Name: name, CheckDuplicate: true, Driver: 'bridge', IPAM, Labels, abortSignal }))
      // Another engine of this machine may have taken it at the same moment, of which this one would not know.
      if (rangesAtHand().filter((range) => meets(range, base)).length <= 1) return { id, name, base }
      await change(io, (abortSignal) => unlessAbsent(docker.getNetwork(id).remove({ abortSignal })))
    } catch (error) {
      // Made by a call of ours whose answer never came.
      const made = statusOf(error) === 409 ? ownAmong(await ask(io, (abortSignal) => docker.listNetworks({ abortSignal })), stack, name) : null
      if (made !== null) return made
      // Taken meanwhile by somebody else on this engine.
      if (!/overlaps/i.test(wordsOf(error))) throw statusOf(error) === null ? error : new Refusal('unavailable', `The engine makes no network: ${wordsOf(error)}.`)
    }
  }
  const listening = listenersIn(stack, labels[label.environment])[0]
  if (listening !== undefined) throw new Refusal('conflict', `${listening.name} listens at ${listening.address}, and something else on this machine has taken the network of that address; remove it.`)
  throw new Refusal('conflict', `All ${stack.networks.count} networks from ${stack.networks.first} on are taken; remove an environment, or networks that nobody needs any more.`)
}

/** Where somebody listens in an environment, its network is; and nobody else's. */
function basesFor(stack: DockerStack, environment: string | undefined): number[] {
  const [own] = listenersIn(stack, environment)
  if (own !== undefined) return [baseOf(own.address)]
  const held = new Set(stack.listeners.list().map(({ address }) => baseOf(address)))
  const all = Array.from({ length: stack.networks.count }, (_, index) => asNumber(stack.networks.first) + index * 2 ** hostBits)
  return all.filter((base) => !held.has(base))
}

const listenersIn = ({ listeners }: DockerStack, environment: string | undefined) => listeners.list().filter((one) => String(one.environment) === environment)

const baseOf = (address: string) => Math.floor(asNumber(address) / 2 ** hostBits) * 2 ** hostBits

export const isIn = ({ base }: Network, address: string) => baseOf(address) === base

function ownAmong(all: NetworkInspectInfo[], { realm }: DockerStack, name: string): Network | null {
  const found = all.find(({ Name, Labels }) => Name === name && Labels?.[label.realm] === realm)
  return found === undefined ? null : { id: found.Id, name, base: rangeOf(found.IPAM?.Config?.[0]?.Subnet)[0]?.first ?? 0 }
}

/** An address of that network that no container of ours has, also none that has ended, and at which nobody listens. The caller is alone. */
export async function takeAddress(stack: DockerStack, { base }: Network, environment: number, io: StepIo): Promise<string> {
  const { docker, ask } = stack.engine
  const filters = filtersOf(stack.realm, `${label.environment}=${environment}`)
  const all = await ask(io, (abortSignal) => docker.listContainers({ all: true, filters, abortSignal }))
  const taken = new Set([...all.map(({ Labels }) => Labels[label.address]), ...stack.listeners.list().map(({ address }) => address)])
  // The network itself, its gateway and its broadcast address are nobody's.
  const room = 2 ** hostBits - 3
  // From anywhere: an address that was left a moment ago should not be another's at once.
  const start = Math.floor(Math.random() * room)
  for (let index = 0; index < room; index++) {
    const address = asAddress(base + 2 + ((start + index) % room))
    if (!taken.has(address)) return address
  }
  throw new Refusal('conflict', `There are ${all.length} containers in this environment already, and its network has room for ${room}.`)
}

const meets = ({ first, last }: AddressRange, base: number) => first < base + 2 ** hostBits && last >= base

function rangeOf(subnet: string | undefined): AddressRange[] {
  const [address, bits] = (subnet ?? '').split('/')
  if (address === undefined || bits === undefined || !/^[\d.]+$/.test(address)) return []
  const size = 2 ** (32 - Number(bits))
  const first = Math.floor(asNumber(address) / size) * size
  return [{ first, last: first + size - 1 }]
}

function asNumber(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
}

function asAddress(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.')
}
