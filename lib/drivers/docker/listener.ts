import { Refusal } from '../../refusal.ts'
import type { ContainerSpec, StepIo } from '../driver.ts'
import { isIn, takeAddress, type Network } from './network.ts'
import type { DockerStack } from './open.ts'

/** Whoever listens under that name does so there, until its owner is forgotten. */
export interface Listener {
  name: string
  owner: number
  environment: number
  address: string
  port: number
}

type Given = Pick<Listener, 'address'> & { port: number | null }

/** Its own, or where it listens; the caller is alone with the addresses. */
export async function addressOf(stack: DockerStack, network: Network, { listensAs, environment, owner }: ContainerSpec, port: number | null, io: StepIo): Promise<Given> {
  const known = listensAs === undefined ? null : stack.listeners.lookUp(listensAs)
  if (known !== null) {
    if (isIn(network, known.address)) return known
    throw new Refusal('conflict', `Where ${listensAs} listens, at ${known.address}, is not in the network ${network.name} any more; remove that network while nothing runs on it, and Davit makes it anew.`)
  }
  const address = await takeAddress(stack, network, environment, io)
  if (listensAs !== undefined && port !== null) stack.listeners.write({ name: listensAs, owner: owner.id, environment, address, port })
  return { address, port }
}

export function forgetListeners({ listeners }: DockerStack, owner: number): void {
  for (const { name } of listeners.list().filter((one) => one.owner === owner)) listeners.remove(name)
}
