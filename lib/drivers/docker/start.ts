import { Refusal } from '../../refusal.ts'
import type { ContainerSpec, StartedContainer, StepIo } from '../driver.ts'
import { nameLimitMs } from '../machine/lock.ts'
import { giveAccount } from './account.ts'
import { ownCommand } from './declared.ts'
import { statusOf, wordsOf } from './engine.ts'
import { remove, removeById } from './end.ts'
import { holding } from './held.ts'
import { lookUpImage, tagOf } from './image.ts'
import { lookUp, type Found } from './inspect.ts'
import { engineName, label } from './labels.ts'
import { addressOf } from './listener.ts'
import { haveEnvironment } from './network.ts'
import type { DockerStack } from './open.ts'
import { logConfig } from './output.ts'
import { mountOf } from './porter.ts'

/** Where a container sees its volume. */
const volumePath = '/volume'

/** Where nothing else is said: every container has an address of its own, so that one number does for all. */
const usualPort = 8080

/** Everybody waits here while an engine is away in the middle of a start, and an absence is no failure. */
const addressLimitMs = 30 * 60_000

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

export async function start(stack: DockerStack, spec: ContainerSpec, io: StepIo): Promise<StartedContainer> {
  io.signal.throwIfAborted()
  const isRunning = (found: Found) => found.state.running
  const { state } = await startUnless(stack, spec, io, isRunning).catch(async (error: unknown) => {
    if (!(error instanceof CutOff)) throw error
    await remove(stack, spec.name, io)
    return await startUnless(stack, spec, io, isRunning)
  })
  return { name: spec.name, address: state.address }
}

/** An engine that went away in the middle of a start finds something of it again, and can neither use it nor tell what it did. */
export class CutOff extends Refusal {
  constructor(name: string, words: string) {
    super('conflict', `${name} ended without leaving an exit code: the engine was cut off from starting it (${words}).`)
  }
}

/** Starts it unless `settled` says that what is there of that name will do. Alone among all runners, so never twice. */
export async function startUnless(stack: DockerStack, spec: ContainerSpec, io: StepIo, settled: (found: Found) => boolean): Promise<Found> {
  return await stack.nameLocks.alone(spec.name, nameLimitMs, async () => {
    const there = await lookUp(stack, spec.name, io)
    if (there !== null && !there.fresh && settled(there)) return there
    return await holding(stack, spec, () => startHeld(stack, spec, there, io), io)
  }, io.signal)
}

async function startHeld(stack: DockerStack, spec: ContainerSpec, there: Found | null, io: StepIo): Promise<Found> {
  const id = there?.id ?? (await create(stack, spec, io))
  try {
    if (spec.volume !== undefined && (there === null || there.fresh)) await giveAccount(stack, id, await stack.uids.of(String(spec.owner.id)), io)
    await stack.engine.change(io, (abortSignal) => stack.engine.docker.getContainer(id).start({ abortSignal }))
  } catch (error) {
    // 304: it was started by a call whose answer never came.
    if (/^task [0-9a-f]+: already exists/.test(wordsOf(error))) throw new CutOff(spec.name, wordsOf(error))
    if (statusOf(error) !== 304) throw await refusalOf(stack, error, spec, there === null ? id : null, io)
  }
  const found = await lookUp(stack, spec.name, io)
  if (found === null) throw new Refusal('conflict', `${spec.name} was removed while it was being started.`)
  return found
}

async function create(stack: DockerStack, spec: ContainerSpec, io: StepIo): Promise<string> {
  const image = await lookUpImage(stack, spec.image, io)
  if (image === null) throw new Refusal('not_found', `The image ${spec.image} is not there; deploy again to fetch it.`)
  const usual = spec.port ? portOf(Object.keys(image.Config.ExposedPorts ?? {})) : null
  const uid = spec.volume === undefined ? null : await stack.uids.of(String(spec.owner.id))
  refuseOddVariables(spec.variables)
  await io.guard()
  return await stack.addressLocks.alone(stack.realm, addressLimitMs, async () => {
    const network = await haveEnvironment(stack, spec.environment, io)
    const { address, port } = await addressOf(stack, network, spec, usual, io)
    const body = creation(stack, spec, { network: network.name, address, port, uid, own: spec.command === ownCommand(image) })
    try {
      const { id } = await stack.engine.change(io, (abortSignal) => stack.engine.docker.createContainer({ ...body, abortSignal }))
      return id
    } catch (error) {
      // Made by a call of ours whose answer never came; or somebody else's, whom we do not touch.
      const there = statusOf(error) === 409 ? await lookUp(stack, spec.name, io) : null
      if (there !== null) return there.id
      throw await refusalOf(stack, error, spec, null, io)
    }
  }, io.signal)
}

interface Given {
  network: string
  address: string
  port: number | null
  /** Null: the image's own. */
  uid: number | null
  /** The command is the image's own, for which there need be no shell in it. */
  own: boolean
}

function creation(stack: DockerStack, spec: ContainerSpec, { network, address, port, uid, own }: Given) {
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
  const memory = memoryMb === undefined ? {} : { Memory: memoryMb * 1024 ** 2, MemorySwap: memoryMb * 1024 ** 2 }
  return { ...memory, ...(cpus === undefined ? {} : { NanoCpus: cpus * 1e9 }) }
}

/** The one port an image says it listens on. */
function portOf(exposed: string[]): number {
  const ports = exposed.map((port) => /^(\d+)\/tcp$/.exec(port)?.[1]).filter((port) => port !== undefined)
  return ports.length === 1 ? Number(ports[0]) : usualPort
}

function refuseOddVariables(variables: Record<string, string>): void {
  for (const [name, value] of Object.entries(variables)) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw new Refusal('invalid', `"${name}" cannot be a variable's name: letters, digits and _ only.`)
    if (value.includes('\0')) throw new Refusal('invalid', `The value of ${name} holds a NUL character, which no process can be given.`)
  }
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
  const shared = limits?.memoryMb === undefined ? {} : { ShmSize: limits.memoryMb * 1024 ** 2 }
  return { Mounts: [mountOf(stack, { name: volume }, volumePath)], ...shared }
}

/** What the engine refuses, in its own words; what was made for it does not stay. */
async function refusalOf(stack: DockerStack, error: unknown, { name }: ContainerSpec, made: string | null, io: StepIo): Promise<unknown> {
  const status = statusOf(error)
  if (status === null) return error
  if (made !== null) await removeById(stack, made, io)
  return new Refusal(status >= 500 ? 'unavailable' : 'invalid', `${name} could not be started: ${wordsOf(error)}.`)
}
