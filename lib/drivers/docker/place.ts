import { statfs } from 'node:fs/promises'
import { Refusal } from '../../refusal.ts'
import type { Placement, PlacementRequest } from '../driver.ts'
import type { PlaceState } from '../volumes.ts'
import { machineMemory, refuseUnlessMemory } from '../machine/memory.ts'
import { megabyte } from '../megabyte.ts'
import { within, type Waiting } from './engine.ts'
import type { DockerStack } from './open.ts'

/** There is one place, the engine's machine, which over a Unix socket is ours. */
export const onlyPlace = 'docker'

interface Info {
  MemTotal: number
  DockerRootDir: string
}

const infoOf = ({ engine }: DockerStack, io: Waiting | null) => engine.ask(io, (limit) => within(limit, engine.docker.info() as Promise<Info>))

export async function place(stack: DockerStack, request: PlacementRequest): Promise<Placement[]> {
  const { containers } = request
  for (const { name, place = onlyPlace } of containers) {
    if (place !== onlyPlace) throw new Refusal('invalid', `${name} is to run at ${place}, and there is only ${onlyPlace}.`)
  }
  const { MemTotal } = await infoOf(stack, null)
  const totalMb = Math.floor(MemTotal / megabyte)
  refuseUnlessMemory(request, "the engine's machine", { freeMb: Math.min(machineMemory().freeMb, totalMb), totalMb })
  return containers.map(({ name }) => ({ name, place: onlyPlace }))
}

/** With the room there is where the engine keeps its volumes. */
export async function listPlaces(stack: DockerStack, io: Waiting | null): Promise<PlaceState[]> {
  const { DockerRootDir } = await infoOf(stack, io)
  try {
    const { bavail, blocks, bsize } = await statfs(DockerRootDir)
    return [{ place: onlyPlace, trouble: null, freeMb: Math.floor((bavail * bsize) / megabyte), totalMb: Math.floor((blocks * bsize) / megabyte) }]
  } catch {
    return [{ place: onlyPlace, trouble: `Davit cannot see ${DockerRootDir}, where the engine keeps volumes`, freeMb: 0, totalMb: 0 }]
  }
}

/** @throws Refusal `conflict`, with the numbers */
export async function refuseUnlessRoom(stack: DockerStack, wantedMb: number, io: Waiting): Promise<void> {
  for (const { trouble, freeMb } of await listPlaces(stack, io)) {
    if (trouble !== null) throw new Refusal('unavailable', `No volume can be made: ${trouble}.`)
    if (wantedMb > freeMb) throw new Refusal('conflict', `${wantedMb} MB are needed at ${onlyPlace}, where ${freeMb} MB are free.`)
  }
}
