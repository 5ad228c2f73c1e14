import { Refusal } from '../../refusal.ts'
import type { ContainerSpec, StartedContainer, StepIo } from '../driver.ts'
import { nameLimitMs } from '../machine/lock.ts'
import { refuseOddVariables } from '../variables.ts'
import { giveAccount } from './account.ts'
import { creation, portOf } from './creation.ts'
import { ownCommand } from './declared.ts'
import { keptEndpoint, letGoOfEndpoint } from './endpoint.ts'
import { isCutOff, statusOf, wordsOf } from './engine.ts'
import { remove, removeById } from './end.ts'
import { holding } from './held.ts'
import { lookUpImage } from './image.ts'
import { lookUp, type Found } from './inspect.ts'
import { addressOf } from './listener.ts'
import { haveEnvironment } from './network.ts'
import type { DockerStack } from './open.ts'

/** Everybody waits here while an engine is away in the middle of a start, and an absence is no failure. */
const addressLimitMs = 30 * 60_000

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

/** Created, and not started. */
export async function prepare(stack: DockerStack, spec: ContainerSpec, io: StepIo): Promise<void> {
  io.signal.throwIfAborted()
  await stack.nameLocks.alone(spec.name, nameLimitMs, async () => {
    if ((await lookUp(stack, spec.name, io)) === null) await holding(stack, spec, { besideOthers: true }, () => create(stack, spec, io), io)
  }, io.signal)
}

class CutOff extends Refusal {
  constructor(name: string, words: string) {
    super('conflict', `${name} ended without leaving an exit code: the engine was cut off from starting it (${words}).`)
  }
}

/** Starts it unless `settled` says that what is there of that name will do. Alone among all runners, so never twice. */
export async function startUnless(stack: DockerStack, spec: ContainerSpec, io: StepIo, settled: (found: Found) => boolean): Promise<Found> {
  return await stack.nameLocks.alone(spec.name, nameLimitMs, async () => {
    const there = await lookUp(stack, spec.name, io)
    if (there !== null && !there.fresh && settled(there)) return there
    return await holding(stack, spec, { besideOthers: false }, () => startHeld(stack, spec, there, io), io)
  }, io.signal)
}

async function startHeld(stack: DockerStack, spec: ContainerSpec, there: Found | null, io: StepIo, isFirst = true): Promise<Found> {
  const id = there?.id ?? (await create(stack, spec, io))
  try {
    if (spec.volume !== undefined && (there === null || there.fresh)) await giveAccount(stack, id, await stack.uids.of(String(spec.owner.id)), io)
    await stack.engine.change(io, (abortSignal) => stack.engine.docker.getContainer(id).start({ abortSignal }))
  } catch (error) {
    // 304: it was started by a call whose answer never came.
    if (isCutOff(error)) throw new CutOff(spec.name, wordsOf(error))
    const kept = isFirst ? keptEndpoint(error) : null
    if (kept !== null) {
      // Nothing of it has begun.
      await removeById(stack, id, io)
      await letGoOfEndpoint(stack, kept, io)
      return await startHeld(stack, spec, null, io, false)
    }
    if (statusOf(error) !== 304) throw await refusalOf(stack, error, spec, there === null ? id : null, io)
  }
  const found = await lookUp(stack, spec.name, io)
  if (found === null) throw new Refusal('conflict', `${spec.name} was removed while it was being started.`)
  return found
}

async function create(stack: DockerStack, spec: ContainerSpec, io: StepIo): Promise<string> {
  const image = await lookUpImage(stack, spec.image, io)
  if (image === null) throw new Refusal('not_found', `The image ${spec.image} is not there; a restart fetches it.`)
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

/** What the engine refuses, in its own words; what was made for it does not stay. */
async function refusalOf(stack: DockerStack, error: unknown, { name }: ContainerSpec, made: string | null, io: StepIo): Promise<unknown> {
  const status = statusOf(error)
  if (status === null) return error
  if (made !== null) await removeById(stack, made, io)
  return new Refusal(status >= 500 ? 'unavailable' : 'invalid', `${name} could not be started: ${wordsOf(error)}.`)
}
