import type { VolumeInspectInfo } from 'dockerode'
import { Refusal } from '../../refusal.ts'
import type { ContainerSpec, StepIo } from '../driver.ts'
import type { VolumeName } from '../volumes.ts'
import { aloneIfNamed } from '../machine/lock.ts'
import type { VolumeRecord } from '../machine/volume-records.ts'
import { removeById } from './end.ts'
import { unlessAbsent, type Waiting } from './engine.ts'
import { engineName, filtersOf, label, type Labels } from './labels.ts'
import type { DockerStack } from './open.ts'
import { onlyPlace } from './place.ts'
import { recall } from './porter.ts'

/** Null also for one of that name that is not ours. */
export async function lookUpVolume({ engine: { docker, ask }, realm }: DockerStack, name: VolumeName, io: Waiting | null): Promise<VolumeInspectInfo | null> {
  const volume = docker.getVolume(engineName(realm, name))
  const found = await ask(io, (abortSignal) => unlessAbsent(volume.inspect({ abortSignal })))
  const labels = found?.Labels as Labels | null | undefined
  return labels?.[label.realm] === realm && labels[label.volume] === name ? found : null
}

/** @throws Refusal `not_found`, also where the engine has it no longer: it would make an empty one in its place. */
export async function findVolume(stack: DockerStack, name: VolumeName, io: Waiting): Promise<VolumeRecord> {
  const record = stack.volumes.lookUp(name)
  if (!record?.whole) throw new Refusal('not_found', `There is no volume ${name}.`)
  if ((await lookUpVolume(stack, name, io)) === null) throw new Refusal('not_found', `The engine has no volume ${engineName(stack.realm, name)} any more, with which went all that ${name} held.`)
  return record
}

/** @throws Refusal also `conflict` while it is detached */
export async function findAttached(stack: DockerStack, name: VolumeName, io: Waiting): Promise<VolumeRecord> {
  const record = await findVolume(stack, name, io)
  if (!record.attached) throw new Refusal('conflict', `The volume ${name} is not attached to ${record.place}.`)
  return record
}

/** @throws Refusal `conflict` while a container runs on it. The caller is alone with it. */
export async function refuseWhileInUse(stack: DockerStack, { name }: Pick<VolumeRecord, 'name'>, io: Waiting): Promise<void> {
  const user = (await listUsers(stack, name, io)).find(({ State, Labels }) => State === 'running' && !(label.porter in Labels))
  if (user !== undefined) throw new Refusal('conflict', `${user.Labels[label.name]} runs on the volume ${name}; stop it first.`)
}

/** The engine removes no volume that a container has, though it may have ended. Not while one runs on it. */
export async function letGo(stack: DockerStack, { name }: Pick<VolumeRecord, 'name'>, io: Waiting): Promise<void> {
  for (const { Id } of await listUsers(stack, name, io)) await removeById(stack, Id, io)
}

async function listUsers({ engine: { docker, ask }, realm }: DockerStack, volume: VolumeName, io: Waiting) {
  const filters = { ...filtersOf(realm), volume: [engineName(realm, volume)] }
  return await ask(io, (abortSignal) => docker.listContainers({ all: true, filters, abortSignal }))
}

/**
 * While a container is being started, nobody else starts one on its volume or where it listens, and nobody
 * detaches the volume. One that is only made ready may have others where it will be.
 */
export async function holding<Result>(stack: DockerStack, spec: ContainerSpec, { besideOthers }: { besideOthers: boolean }, run: () => Promise<Result>, io: StepIo): Promise<Result> {
  const { listensAs, volume } = spec
  const onVolume = () =>
    aloneIfNamed(stack.volumeLocks, volume, io.signal, async () => {
      const record = volume === undefined ? null : await findAttachedTo(stack, spec, volume, io)
      if (record !== null && !besideOthers) await haveForOne(stack, record, io)
      return await run()
    })
  return await aloneIfNamed(stack.listenerLocks, listensAs, io.signal, async () => {
    if (listensAs !== undefined && !besideOthers) await refuseWhileListening(stack, listensAs, io)
    return await onVolume()
  })
}

async function findAttachedTo(stack: DockerStack, { name, place }: ContainerSpec, volume: VolumeName, io: StepIo): Promise<VolumeRecord> {
  const record = await findAttached(stack, volume, io)
  if (place !== onlyPlace) throw new Refusal('conflict', `The volume ${volume} is attached to ${onlyPlace}, and ${name} is to run at ${place}.`)
  return record
}

async function haveForOne(stack: DockerStack, record: VolumeRecord, io: StepIo): Promise<void> {
  await refuseWhileInUse(stack, record, io)
  await recall(stack, record, io)
}

async function refuseWhileListening({ engine: { docker, ask }, realm }: DockerStack, listensAs: string, io: StepIo): Promise<void> {
  const filters = filtersOf(realm, `${label.listener}=${listensAs}`)
  const [listener] = await ask(io, (abortSignal) => docker.listContainers({ filters, abortSignal }))
  if (listener !== undefined) throw new Refusal('conflict', `${listener.Labels[label.name]} listens as ${listensAs} already; stop it first.`)
}
