import { readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { Refusal } from '../../refusal.ts'
import type { Place, StepIo } from '../driver.ts'
import type { OddUser, VolumeName, Volumes, VolumesDescription, VolumeSpec, VolumeState } from '../volumes.ts'
import { nameLimitMs } from '../machine/lock.ts'
import { whyNotRoot } from '../machine/uids.ts'
import { copyVolume, writeFile } from './copy.ts'
import { refuseWhileInUse } from './held.ts'
import type { Isolation, Local } from './open.ts'
import { kindOf } from './volume-store.ts'
import type { VolumeRecord } from './volume-records.ts'

export function openVolumes(local: Local): Volumes {
  /** One change of a volume at a time, by whichever runner. */
  async function alone<Result>(name: VolumeName, io: StepIo, change: () => Promise<Result>): Promise<Result> {
    io.signal.throwIfAborted()
    return await local.volumeLocks.alone(name, nameLimitMs, change, io.signal)
  }
  return {
    describe: async () => description(local),
    places: async () => local.places.states(),
    create: (spec, io) => alone(spec.name, io, () => create(local, spec, io)),
    async inspect({ name }) {
      const record = local.volumes.lookUp(name)
      return record?.whole ? await stateOf(local, record) : null
    },
    attach: ({ name }, io) => alone(name, io, () => attach(local, name, io)),
    detach: ({ name }, io) => alone(name, io, () => detach(local, name, io)),
    resize: ({ name }, sizeMb, io) => alone(name, io, () => resize(local, name, sizeMb, io)),
    copy: (request, io) => alone(request.to, io, () => copyVolume(local, request, io)),
    write: ({ name }, path, text, io) => alone(name, io, () => writeFile(local, name, path, text, io)),
    remove: ({ name }, io) => alone(name, io, () => remove(local, name, io)),
    list: () => Promise.all(local.volumes.list().map((record) => stateOf(local, record))),
  }
}

function description({ sizes, isolation }: Local): VolumesDescription {
  if (sizes) {
    const growing = growsWhileUsed() ? 'It can grow while it is used.' : 'It can grow while its database is stopped: the kernel lets Davit grow none that is mounted (CAP_SYS_RESOURCE is missing).'
    return { sized: true, growsWhileUsed: growsWhileUsed(), shrinks: true, oddUser: null, summary: `A volume is a filesystem of its size, which takes all of it from its place. ${growing}` }
  }
  const why = isolation.reason ?? 'this machine mounts no image'
  return { sized: false, growsWhileUsed: true, shrinks: true, oddUser: oddUserOf(isolation), summary: `The size of a volume is advice: a database can fill the disk of its place. Davit cannot make filesystems of its own here: ${why}.` }
}

function oddUserOf({ uids, namespaces }: Isolation): OddUser | null {
  if (whyNotRoot() !== null) return isNamed() ? null : 'a user without a name'
  if (uids && namespaces) return null
  return uids ? 'a user without a name' : 'root'
}

/** Of the user that Davit runs as. */
function isNamed(): boolean {
  try {
    return userInfo().username !== ''
  } catch {
    return false
  }
}

/** What the kernel asks for before it resizes a filesystem that is mounted: CAP_SYS_RESOURCE. */
function growsWhileUsed(): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0'
  return (BigInt(`0x${effective}`) & (1n << 24n)) !== 0n
}

async function create(local: Local, spec: VolumeSpec, io: StepIo): Promise<void> {
  const found = local.volumes.lookUp(spec.name)
  if (found !== null && (found.owner.id !== spec.owner.id || found.place !== spec.place)) {
    throw new Refusal('conflict', `There is another volume by the name ${spec.name}, of ${found.owner.handle} at ${found.place}.`)
  }
  if (found?.whole) return
  await io.guard()
  const place = await local.places.open(spec.place)
  if (found !== null) await discard(local, found, io)
  const { name, owner, sizeMb, fence } = spec
  const record: VolumeRecord = {
    name, owner, place: spec.place, sizeMb, fence, kind: local.sizes ? 'image' : 'folder', whole: false, attached: false, copied: null,
  }
  const kind = kindOf(record)
  await aloneAt(local, spec.place, io, async () => {
    local.places.refuseUnlessRoom(spec.place, sizeMb)
    await io.guard()
    local.volumes.write(record)
    await kind.reserve(place, record, sizeMb)
  })
  await kind.make(place, record, await local.uidOf(String(owner.id)), io.signal)
  await io.guard()
  local.volumes.write({ ...record, whole: true })
}

async function attach(local: Local, name: VolumeName, io: StepIo): Promise<void> {
  const { record, kind, place } = local.volumes.find(name)
  await io.guard()
  const uid = await local.uidOf(String(record.owner.id))
  const changing = async () => local.volumes.write({ ...record, attached: true })
  await aloneAt(local, record.place, io, () => kind.attach(place, record, uid, changing))
}

/** What several volumes share at a place, its room among it, is taken and given back by one at a time. */
async function aloneAt(local: Local, place: Place, { signal }: StepIo, change: () => Promise<void>): Promise<void> {
  await local.placeLocks.alone(`the volumes at ${place}`, nameLimitMs, change, signal)
}

async function detach(local: Local, name: VolumeName, io: StepIo): Promise<void> {
  const { record, kind, place } = local.volumes.find(name)
  if (!record.attached && !kind.isAttached(place, record)) return
  await io.guard()
  refuseWhileInUse(local, name)
  await kind.detach(place, record, io.signal)
  await aloneAt(local, record.place, io, () => kind.tidy(place))
  await io.guard()
  local.volumes.write({ ...record, attached: false })
}

async function resize(local: Local, name: VolumeName, sizeMb: number, io: StepIo): Promise<void> {
  const { record, kind, place } = local.volumes.find(name)
  if (sizeMb === record.sizeMb && !record.resizing) return
  await io.guard()
  const attached = record.kind === 'image' && kind.isAttached(place, record)
  const takenMb = kind.takenMb(place, record)
  const changing = async () => {
    await io.guard()
    local.volumes.write({ ...record, resizing: true })
  }
  if (sizeMb >= takenMb) {
    if (attached && !growsWhileUsed()) {
      throw new Refusal('conflict', `The volume ${name} has ${record.sizeMb} MB; on this machine it can grow to ${sizeMb} MB only while it is detached.`)
    }
    await aloneAt(local, record.place, io, async () => {
      local.places.refuseUnlessRoom(record.place, sizeMb - takenMb)
      await changing()
      await kind.reserve(place, record, sizeMb)
    })
    await kind.grow(place, record, io.signal)
  } else {
    if (attached) throw new Refusal('conflict', `The volume ${name} has ${record.sizeMb} MB; it can be made smaller than that only while it is detached.`)
    await changing()
    await kind.shrink(place, record, sizeMb, io.signal)
  }
  await io.guard()
  local.volumes.write({ ...record, sizeMb, resizing: false })
}

async function remove(local: Local, name: VolumeName, io: StepIo): Promise<void> {
  const record = local.volumes.lookUp(name)
  if (record === null) return
  await io.guard()
  refuseWhileInUse(local, name)
  await discard(local, record, io)
}

/** It counts as half-made from the beginning of this, and is known of until the end. */
async function discard(local: Local, record: VolumeRecord, io: StepIo): Promise<void> {
  const place = local.places.lookUp(record.place)
  if (place === null) throw new Refusal('unavailable', `The volume ${record.name} lies at ${record.place}, which cannot be used now.`)
  local.volumes.write({ ...record, whole: false })
  const kind = kindOf(record)
  await kind.remove(place, record, io.signal)
  await aloneAt(local, record.place, io, () => kind.tidy(place))
  local.volumes.remove(record.name)
}

async function stateOf(local: Local, record: VolumeRecord): Promise<VolumeState> {
  const { name, owner, fence, sizeMb } = record
  const place = local.places.lookUp(record.place)
  const kind = kindOf(record)
  const attached = place !== null && kind.isAttached(place, record)
  const usedMb = attached ? await kind.usedMb(place, record) : null
  return { name, owner: owner.id, fence, place: record.place, reachable: place !== null, sizeMb, usedMb, attached }
}
