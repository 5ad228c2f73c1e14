import type { ContainerSpec } from '../driver.ts'
import { megabyte } from '../megabyte.ts'
import { tagOf } from './image.ts'
import { engineName, label } from './labels.ts'
import type { DockerStack } from './open.ts'
import { logConfig } from './output.ts'
import { mountOf } from './porter.ts'

/** Where a container sees its volume. */
const volumePath = '/volume'

/** Where nothing else is said: every container has an address of its own, so that one number does for all. */
const usualPort = 8080

/**
 * A plain command takes the place of its shell; any other keeps one, which outlives what it is told to stop
 * and passes its exit code on. Its group hears the SIGTERM, by the variable that init reads.
 */
const script = `
case $1 in
  *[!A-Za-z0-9_./:@=+,%\\ -]*) ;;
  *) case $(command -v "\${1%% *}") in */*) eval "exec $1" ;; esac ;;
esac
trap 'exit $?' TERM
eval "$1"`

interface Given {
  network: string
  address: string
  port: number | null
  /** Null: the image's own. */
  uid: number | null
  /** The command is the image's own, for which there need be no shell in it. */
  own: boolean
}

/** What the engine is told to make. */
export function creation(stack: DockerStack, spec: ContainerSpec, { network, address, port, uid, own }: Given) {
  return {
    name: engineName(stack.realm, spec.name),
    Image: tagOf(stack, spec.image),
    ...(own ? {} : { Entrypoint: ['/bin/sh', '-c', script, 'davit'], Cmd: [spec.command] }),
    // The engine shows these to whoever may speak to it, which is as much as being root; nobody else sees them.
    Env: environment(spec, port),
    ...(uid === null ? {} : { User: `${uid}:${uid}` }),
    ...(spec.stopSignal === undefined ? {} : { StopSignal: spec.stopSignal }),
    Labels: {
      [label.realm]: stack.realm,
      [label.name]: spec.name,
      [label.owner]: String(spec.owner.id),
      [label.environment]: String(spec.environment),
      [label.fence]: String(spec.fence),
      [label.image]: spec.image,
      [label.address]: address,
      ...(port === null ? {} : { [label.port]: String(port) }),
      ...(spec.listensAs === undefined ? {} : { [label.listener]: spec.listensAs }),
    },
    HostConfig: {
      Init: true,
      NetworkMode: network,
      // Davit itself starts again what died, so that it can count and tell.
      RestartPolicy: { Name: 'no' },
      // Whatever the engine's own default is, this one can be read back.
      LogConfig: logConfig(stack),
      ...limitsOf(spec.limits),
      ...onVolume(stack, spec),
    },
    NetworkingConfig: { EndpointsConfig: { [network]: { Aliases: [spec.name], IPAMConfig: { IPv4Address: address } } } },
  }
}

/** Without swap beside it, or a limit would only make an app slow. */
function limitsOf({ memoryMb, cpus }: NonNullable<ContainerSpec['limits']> = {}) {
  const memory = memoryMb === undefined ? {} : { Memory: memoryMb * megabyte, MemorySwap: memoryMb * megabyte }
  return { ...memory, ...(cpus === undefined ? {} : { NanoCpus: cpus * 1e9 }) }
}

/** The one port an image says it listens on. */
export function portOf(exposed: string[]): number {
  const ports = exposed.map((port) => /^(\d+)\/tcp$/.exec(port)?.[1]).filter((port) => port !== undefined)
  return ports.length === 1 ? Number(ports[0]) : usualPort
}

/** Its init tells all processes to stop, unless the command has a signal of its own. */
function environment({ variables, listensAs, volume, stopSignal }: ContainerSpec, port: number | null): string[] {
  const { PORT: _, ...given } = variables
  const own = {
    ...(stopSignal === undefined && { TINI_KILL_PROCESS_GROUP: '1' }),
    ...(port !== null && { PORT: String(port) }),
    ...(listensAs !== undefined && { HOST: '0.0.0.0' }),
    ...(volume !== undefined && { VOLUME: volumePath }),
  }
  return Object.entries({ ...given, ...own }).map(([name, value]) => `${name}=${value}`)
}

/** What its processes share in memory is bounded by its memory alone: the engine's 64 MB are too little for a database. */
function onVolume(stack: DockerStack, { volume, limits }: ContainerSpec) {
  if (volume === undefined) return {}
  const shared = limits?.memoryMb === undefined ? {} : { ShmSize: limits.memoryMb * megabyte }
  return { Mounts: [mountOf(stack, { name: volume }, volumePath)], ...shared }
}
