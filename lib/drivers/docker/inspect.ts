import type { ContainerInspectInfo } from 'dockerode'
import pMap from 'p-map'
import type { ContainerName, ContainerState } from '../driver.ts'
import { unlessAbsent, type Waiting } from './engine.ts'
import { engineName, filtersOf, label } from './labels.ts'
import type { DockerStack } from './open.ts'

const askedAtOnce = 8

/** What the engine knows of a container of ours. */
export interface Found {
  id: string
  state: ContainerState
  /** Created, and never started. */
  fresh: boolean
  createdAt: Date
  stopSignal: string
  /** By its HEALTHCHECK, while it runs and has one. */
  health: { status: string; log: { ExitCode: number; Output: string }[] } | null
}

export async function lookUp(stack: DockerStack, name: ContainerName, io: Waiting | null): Promise<Found | null> {
  return await lookUpById(stack, engineName(stack.realm, name), io)
}

export async function lookUpAll(stack: DockerStack, io: Waiting | null, ...labels: string[]): Promise<Found[]> {
  const { docker, ask } = stack.engine
  const all = await ask(io, (abortSignal) => docker.listContainers({ all: true, filters: filtersOf(stack.realm, ...labels), abortSignal }))
  const found = await pMap(all, ({ Id }) => lookUpById(stack, Id, io), { concurrency: askedAtOnce })
  return found.filter((each) => each !== null)
}

async function lookUpById(stack: DockerStack, id: string, io: Waiting | null): Promise<Found | null> {
  const { docker, ask } = stack.engine
  const answer = await ask(io, (abortSignal) => unlessAbsent(docker.getContainer(id).inspect({ abortSignal })))
  return answer === null || answer.Config.Labels[label.realm] !== stack.realm || !(label.name in answer.Config.Labels) ? null : found(answer)
}

function found({ Id, Created, Config, State }: ContainerInspectInfo): Found {
  const { Labels } = Config
  const fresh = State.Status === 'created'
  const { Running: running, Health } = State
  const [address, port] = [Labels[label.address], Labels[label.port]]
  return {
    id: Id,
    fresh,
    createdAt: new Date(Created),
    stopSignal: (Config as { StopSignal?: string }).StopSignal || 'SIGTERM',
    health: running && Health && Health.Status !== 'none' ? { status: Health.Status, log: Health.Log ?? [] } : null,
    state: {
      name: Labels[label.name] ?? '',
      owner: Number(Labels[label.owner]),
      fence: Number(Labels[label.fence]),
      image: Labels[label.image] ?? '',
      running,
      exitCode: running || fresh ? null : State.ExitCode,
      startedAt: new Date(fresh ? Created : State.StartedAt),
      address: address === undefined || port === undefined ? null : { host: address, port: Number(port) },
    },
  }
}
