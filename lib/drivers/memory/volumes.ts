import { Refusal } from '../../refusal.ts'
import type { ContainerSpec, Place, StepIo } from '../driver.ts'
import type { Copied, CopyRequest, PlaceState, VolumeName, VolumeSpec, VolumeState } from '../volumes.ts'
import { megabyte } from '../megabyte.ts'
import { isBelow } from '../paths.ts'
import type { MemoryVolume, MemoryWorld } from './world.ts'

export function places(world: MemoryWorld): PlaceState[] {
  return [...world.places].map(([place, { totalMb, trouble }]) => ({ place, trouble, totalMb, freeMb: trouble === null ? freeMb(world, place) : 0 }))
}

/** Known from the start of this, whole at its end. */
export async function create(world: MemoryWorld, spec: VolumeSpec, io: StepIo): Promise<void> {
  const found = world.volumes.get(spec.name)
  if (found !== undefined && found.owner.id !== spec.owner.id) throw new Refusal('conflict', `There is another volume by the name ${spec.name}, of ${found.owner.handle}.`)
  if (found?.whole) return
  refuseUnlessThere(world, spec.place)
  await io.guard()
  world.volumes.delete(spec.name)
  refuseUnlessRoom(world, spec.place, spec.sizeMb)
  const volume: MemoryVolume = { ...spec, whole: false, attached: false, files: new Map() }
  world.volumes.set(spec.name, volume)
  await io.guard()
  volume.whole = true
  world.changed(`create volume ${spec.name}`)
}

export async function attach(world: MemoryWorld, name: VolumeName, io: StepIo): Promise<void> {
  const volume = findVolume(world, name)
  if (volume.attached) return
  await io.guard()
  volume.attached = true
  world.changed(`attach ${name}`)
}

export async function detach(world: MemoryWorld, name: VolumeName, io: StepIo): Promise<void> {
  const volume = findVolume(world, name)
  if (!volume.attached) return
  await io.guard()
  refuseWhileInUse(world, name)
  volume.attached = false
  world.changed(`detach ${name}`)
}

export async function resize(world: MemoryWorld, name: VolumeName, sizeMb: number, io: StepIo): Promise<void> {
  const volume = findVolume(world, name)
  if (volume.sizeMb === sizeMb) return
  await io.guard()
  if (sizeMb < usedMb(volume)) throw new Refusal('conflict', `${name} holds ${usedMb(volume)} MB, which is more than ${sizeMb} MB.`)
  if (sizeMb < volume.sizeMb && volume.attached) throw new Refusal('conflict', `${name} has ${volume.sizeMb} MB, and can be made smaller only while it is detached.`)
  if (sizeMb > volume.sizeMb && volume.attached && !world.growsWhileUsed) throw new Refusal('conflict', `${name} has ${volume.sizeMb} MB, and can be made larger only while it is detached.`)
  refuseUnlessRoom(world, volume.place, sizeMb - volume.sizeMb)
  volume.sizeMb = sizeMb
  world.changed(`resize ${name}`)
}

export async function copy(world: MemoryWorld, { from, to, only, except = [] }: CopyRequest, io: StepIo): Promise<Copied> {
  const [source, target] = [findAttached(world, from), findAttached(world, to)]
  await io.guard()
  refuseWhileInUse(world, to)
  const wanted = (path: string) => (only === undefined || isBelow(path, only)) && !isBelow(path, except)
  const differing = [...source.files].filter(([path, text]) => wanted(path) && target.files.get(path) !== text)
  for (const [path, text] of differing) {
    await io.guard()
    io.signal.throwIfAborted()
    put(target, path, text)
  }
  await io.guard()
  if (only === undefined) for (const path of target.files.keys()) if (wanted(path) && !source.files.has(path)) target.files.delete(path)
  world.changed(`copy ${from} to ${to}`)
  return { files: differing.length, bytes: differing.reduce((sum, [, text]) => sum + Buffer.byteLength(text), 0) }
}

export async function write(world: MemoryWorld, name: VolumeName, path: string, text: string, io: StepIo): Promise<void> {
  const volume = findAttached(world, name)
  await io.guard()
  put(volume, path, text)
  world.changed(`write ${path} to ${name}`)
}

export async function remove(world: MemoryWorld, name: VolumeName, io: StepIo): Promise<void> {
  const volume = world.volumes.get(name)
  if (!volume) return
  refuseUnlessThere(world, volume.place)
  await io.guard()
  refuseWhileInUse(world, name)
  world.volumes.delete(name)
  world.changed(`remove volume ${name}`)
}

export function stateOf(world: MemoryWorld, volume: MemoryVolume): VolumeState {
  const { name, owner, fence, place, sizeMb, attached } = volume
  return { name, owner: owner.id, fence, place, reachable: world.places.get(place)?.trouble === null, sizeMb, usedMb: attached ? usedMb(volume) : null, attached }
}

/** Before a container is started on it. */
export function refuseUnlessFree(world: MemoryWorld, spec: ContainerSpec): void {
  findAttachedTo(world, spec)
  if (spec.volume !== undefined) refuseWhileInUse(world, spec.volume)
}

export function findAttachedTo(world: MemoryWorld, { name, volume: wanted, place }: ContainerSpec): MemoryVolume | null {
  if (wanted === undefined) return null
  const volume = findAttached(world, wanted)
  if (volume.place !== place) throw new Refusal('conflict', `The volume ${wanted} is attached to ${volume.place}, and ${name} is to run at ${place}.`)
  return volume
}

function refuseWhileInUse(world: MemoryWorld, name: VolumeName): void {
  const user = [...world.containers.values()].find((container) => container.running && container.volume === name)
  if (user !== undefined) throw new Refusal('conflict', `${user.state().name} runs on the volume ${name}; stop it first.`)
}

function findVolume(world: MemoryWorld, name: VolumeName): MemoryVolume {
  const volume = world.volumes.get(name)
  if (!volume?.whole) throw new Refusal('not_found', `There is no volume ${name}.`)
  refuseUnlessThere(world, volume.place)
  return volume
}

function refuseUnlessThere(world: MemoryWorld, name: Place): void {
  const place = world.places.get(name)
  if (!place || place.trouble !== null) throw new Refusal('unavailable', `The place ${name} ${place ? `cannot be used: ${place.trouble}` : 'is not known'}.`)
}

function findAttached(world: MemoryWorld, name: VolumeName): MemoryVolume {
  const volume = findVolume(world, name)
  if (!volume.attached) throw new Refusal('conflict', `The volume ${name} is not attached to ${volume.place}.`)
  return volume
}

function put(volume: MemoryVolume, path: string, text: string): void {
  const bytes = bytesOf(volume) - Buffer.byteLength(volume.files.get(path) ?? '') + Buffer.byteLength(text)
  if (bytes > volume.sizeMb * megabyte) throw new Refusal('conflict', `${volume.name} has ${volume.sizeMb} MB, and would hold ${Math.ceil(bytes / megabyte)} MB.`)
  volume.files.set(path, text)
}

function refuseUnlessRoom(world: MemoryWorld, place: string, wantedMb: number): void {
  const free = freeMb(world, place)
  if (wantedMb > free) throw new Refusal('conflict', `${wantedMb} MB are needed at ${place}, where ${free} MB are free.`)
}

function freeMb(world: MemoryWorld, place: string): number {
  const taken = [...world.volumes.values()].filter((volume) => volume.place === place)
  return (world.places.get(place)?.totalMb ?? 0) - taken.reduce((sum, { sizeMb }) => sum + sizeMb, 0)
}

const bytesOf = ({ files }: MemoryVolume) => [...files.values()].reduce((sum, text) => sum + Buffer.byteLength(text), 0)

const usedMb = (volume: MemoryVolume) => Math.ceil(bytesOf(volume) / megabyte)
