import { Refusal } from '../../refusal.ts'
import type { Placement, PlacementRequest } from '../driver.ts'
import { availableMb } from '../local/place.ts'
import { within } from './engine.ts'
import type { DockerStack } from './open.ts'

/** There is one place, the engine's machine, which over a Unix socket is ours. */
export async function place({ engine }: DockerStack, { containers }: PlacementRequest): Promise<Placement[]> {
  const wantedMb = containers.reduce((sum, { memoryMb }) => sum + memoryMb, 0)
  const { MemTotal } = (await engine.ask(null, (limit) => within(limit, engine.docker.info()))) as { MemTotal: number }
  const freeMb = Math.min(availableMb(), Math.floor(MemTotal / 1024 ** 2))
  if (wantedMb > freeMb) {
    throw new Refusal('conflict', `${containers.length} containers need ${wantedMb} MB together, and the engine's machine has ${freeMb} MB free beside what runs now.`)
  }
  return containers.map(({ name }) => ({ name, place: 'docker' }))
}
