import type { StepIo } from '../driver.ts'
import { unlessAbsent, wordsOf, type Waiting } from './engine.ts'
import type { DockerStack } from './open.ts'

/**
 * What an engine that went away may keep of a former container, whose name its network then refuses to the next one;
 * null: the error is another.
 */
export function keptEndpoint(error: unknown): { name: string; network: string } | null {
  const [, name, network] = /^endpoint with name (\S+) already exists in network (\S+)$/.exec(wordsOf(error)) ?? []
  return name === undefined || network === undefined ? null : { name, network }
}

/** Not while there is a container of that name: of one that is there the engine keeps it for good. */
export async function letGoOfEndpoint({ engine: { docker, change } }: DockerStack, { name, network }: { name: string; network: string }, io: Waiting & Pick<StepIo, 'guard'>): Promise<void> {
  await change(io, (abortSignal) => unlessAbsent(docker.getNetwork(network).disconnect({ Container: name, Force: true, abortSignal })))
}
