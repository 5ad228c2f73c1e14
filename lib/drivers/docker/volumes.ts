import { Refusal } from '../../refusal.ts'
import type { StepIo } from '../driver.ts'
import type { Copied, CopyRequest, VolumeName, Volumes, VolumeSpec } from '../volumes.ts'
import { unchangedBefore } from '../files/copy-tree.ts'
import { nameLimitMs } from '../machine/lock.ts'
import type { VolumeRecord } from '../machine/volume-records.ts'
import { isFilePath } from '../paths.ts'
import { unlessAbsent } from './engine.ts'
import { engineName, label } from './labels.ts'
import { findAttached, findVolume, lookUpVolume, letGo, refuseWhileInUse } from './held.ts'
import type { DockerStack } from './open.ts'
import { listPlaces, onlyPlace, refuseUnlessRoom } from './place.ts'
import { recall, send } from './porter.ts'
import { removePorterImages } from './porter-image.ts'
import { listVolumes, stateOfVolume, usedMbOf } from './volume-states.ts'

/** A volume is one of the engine's own, by its name; its size and whether it is attached are in a record beside the stack. */
export function openVolumes(stack: DockerStack): Volumes {
  /** One change of a volume at a time, by whichever runner. */
  async function alone<Result>(name: VolumeName, io: StepIo, change: () => Promise<Result>): Promise<Result> {
    io.signal.throwIfAborted()
    return await stack.volumeLocks.alone(name, nameLimitMs, change, io.signal)
  }
  return {
    describe: async () => ({ sized: false, growsWhileUsed: true, shrinks: true, oddUser: null, summary: "The size of a volume is advice: a database can fill the disk that the engine keeps its volumes on." }),
    places: () => listPlaces(stack, null),
    create: (spec, io) => alone(spec.name, io, () => create(stack, spec, io)),
    inspect: ({ name }) => stateOfVolume(stack, name),
    attach: ({ name }, io) => alone(name, io, () => setAttached(stack, name, true, io)),
    detach: ({ name }, io) => alone(name, io, () => setAttached(stack, name, false, io)),
    resize: ({ name }, sizeMb, io) => alone(name, io, () => resize(stack, name, sizeMb, io)),
    copy: (request, io) => alone(request.to, io, () => copy(stack, request, io)),
    write: ({ name }, path, text, io) => alone(name, io, () => write(stack, name, path, text, io)),
    remove: ({ name }, io) => alone(name, io, () => remove(stack, name, io)),
    list: () => listVolumes(stack),
  }
}

const uidOf = ({ uids }: DockerStack, { owner }: Pick<VolumeRecord, 'owner'>) => uids.of(String(owner.id))

async function create(stack: DockerStack, { name, owner, place, sizeMb, fence }: VolumeSpec, io: StepIo): Promise<void> {
  const found = stack.volumes.lookUp(name)
  if (found !== null && found.owner.id !== owner.id) throw new Refusal('conflict', `There is another volume by the name ${name}, of ${found.owner.handle}.`)
  if (found?.whole && (await lookUpVolume(stack, name, io)) !== null) return
  if (place !== onlyPlace) throw new Refusal('unavailable', `There is no place ${place}; there is ${onlyPlace}.`)
  await io.guard()
  if (found !== null) await discard(stack, found, io)
  await refuseUnlessRoom(stack, sizeMb, io)
  const record: VolumeRecord = { name, owner, place, sizeMb, fence, whole: false, attached: false, copied: null }
  stack.volumes.write(record)
  const Labels = { [label.realm]: stack.realm, [label.volume]: name, [label.owner]: String(owner.id), [label.fence]: String(fence), [label.size]: String(sizeMb) }
  const { docker, change } = stack.engine
  await change(io, (abortSignal) => docker.createVolume({ Name: engineName(stack.realm, name), Driver: 'local', Labels, abortSignal }))
  if ((await lookUpVolume(stack, name, io)) === null) throw new Refusal('conflict', `The engine has a volume of somebody else by the name ${engineName(stack.realm, name)}.`)
  await send(stack, record, { what: 'own', uid: await uidOf(stack, record) }, io)
  await io.guard()
  stack.volumes.write({ ...record, whole: true })
}

async function setAttached(stack: DockerStack, name: VolumeName, attached: boolean, io: StepIo): Promise<void> {
  const record = await findVolume(stack, name, io)
  if (record.attached === attached) return
  await io.guard()
  if (!attached) await refuseWhileInUse(stack, record, io)
  await recall(stack, record, io)
  stack.volumes.write({ ...record, attached })
}

async function resize(stack: DockerStack, name: VolumeName, sizeMb: number, io: StepIo): Promise<void> {
  const record = await findVolume(stack, name, io)
  if (sizeMb === record.sizeMb) return
  await io.guard()
  if (sizeMb > record.sizeMb) await refuseUnlessRoom(stack, sizeMb - record.sizeMb, io)
  const usedMb = sizeMb < record.sizeMb ? await usedMbOf(stack, name, io) : 0
  if (usedMb > sizeMb) throw new Refusal('conflict', `The volume ${name} holds ${usedMb} MB, which is more than ${sizeMb} MB.`)
  stack.volumes.write({ ...record, sizeMb })
}

async function copy(stack: DockerStack, { only, except = [], ...request }: CopyRequest, io: StepIo): Promise<Copied> {
  const [from, to] = [await findAttached(stack, request.from, io), await findAttached(stack, request.to, io)]
  await refuseWhileInUse(stack, to, io)
  await io.guard()
  io.signal.throwIfAborted()
  const earlier = to.copied?.from === from.name ? to.copied : null
  const now = { from: from.name, atMs: Date.now() }
  // What a copy leaves that does not come to its end is compared byte by byte.
  stack.volumes.write({ ...to, copied: null })
  const sameBeforeNs = unchangedBefore(earlier)?.toString() ?? null
  const copied = await send(stack, to, { what: 'copy', only, except, sameBeforeNs, uid: await uidOf(stack, to) }, io, from)
  await io.guard()
  stack.volumes.write({ ...to, copied: only === undefined ? now : earlier })
  return copied
}

async function write(stack: DockerStack, name: VolumeName, path: string, text: string, io: StepIo): Promise<void> {
  const record = await findAttached(stack, name, io)
  if (!isFilePath(path)) throw new Refusal('invalid', `"${path}" is no path of a file on a volume.`)
  await io.guard()
  await send(stack, record, { what: 'write', path, text, uid: await uidOf(stack, record) }, io)
}

async function remove(stack: DockerStack, name: VolumeName, io: StepIo): Promise<void> {
  const record = stack.volumes.lookUp(name)
  if (record === null) return
  await io.guard()
  await refuseWhileInUse(stack, record, io)
  await discard(stack, record, io)
  if (stack.volumes.list().length === 0) await stack.digestLocks.aloneIfFree('porter', () => removePorterImages(stack))
}

/** It counts as half-made from the beginning of this, and is known of until the end. */
async function discard(stack: DockerStack, record: VolumeRecord, io: StepIo): Promise<void> {
  stack.volumes.write({ ...record, whole: false })
  await letGo(stack, record, io)
  const { docker, change } = stack.engine
  const volume = docker.getVolume(engineName(stack.realm, record.name))
  if ((await lookUpVolume(stack, record.name, io)) !== null) await change(io, (abortSignal) => unlessAbsent(volume.remove({ abortSignal })))
  stack.volumes.remove(record.name)
}
