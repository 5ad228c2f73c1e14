import { Refusal } from '../../refusal.ts'
import type { ContainerSpec } from '../driver.ts'
import { isPortFree } from '../machine/reservation.ts'
import type { ContainerRecord } from './container-folder.ts'
import { imagePath, lookUpImage } from './image.ts'
import { launch, type Launched } from './launch.ts'
import type { Local } from './open.ts'

/** Where it lies, relative to the stack's folder. */
export function refuseUnlessThere(local: Local, { image }: ContainerSpec): string {
  if (lookUpImage(local, image) === null) throw new Refusal('not_found', `The image ${image} is not there; deploy again to build it.`)
  return imagePath(image)
}

interface Run {
  /** Relative to the stack's folder. */
  image: string
  kind: 'build' | 'run'
  /** A name that ran before keeps its port, as others may have been told of it. */
  portBefore: number | null
  /** Where its volume lies. */
  volume: string | null
}

export async function run(local: Local, spec: Omit<ContainerSpec, 'environment'>, how: Run): Promise<ContainerRecord> {
  const { record, launched } = await make(local, spec, { ...how, prepared: false })
  return begin(local, record, launched)
}

/** Up to its command, which `begin` lets begin. */
export async function make(local: Local, spec: Omit<ContainerSpec, 'environment'>, { image, kind, portBefore, volume, prepared }: Run & { prepared: boolean }): Promise<{ record: ContainerRecord; launched: Launched }> {
  const uid = await local.uidOf(String(spec.owner.id))
  local.folders.create(spec.name, uid)
  const port = spec.port ? await portFor(local, spec, portBefore) : null
  const record: ContainerRecord = {
    name: spec.name,
    owner: spec.owner.id,
    fence: spec.fence,
    image: spec.image,
    startedAt: new Date().toISOString(),
    port,
    listensAs: spec.listensAs,
    volume: spec.volume,
    stopSignal: spec.stopSignal,
    namespaces: local.isolation.namespaces,
    prepared,
    process: null,
  }
  // Before the process, so that one without a record is never left behind.
  local.folders.write(record)
  const launched = await launch(local, { spec, volume, uid, port, image, kind })
  record.process = launched.process
  if (prepared) local.folders.write(record)
  return { record, launched }
}

/** First on disk: a command that runs is never taken for one that waits. */
export function begin(local: Local, record: ContainerRecord, { go }: Launched): ContainerRecord {
  const begun = { ...record, prepared: false }
  local.folders.write(begun)
  go()
  return begun
}

async function portFor(local: Local, { name, owner, listensAs }: Pick<ContainerSpec, 'name' | 'owner' | 'listensAs'>, before: number | null): Promise<number> {
  if (listensAs !== undefined) return await local.listeners.portOf(listensAs, owner.id)
  return before ?? (await local.ports.take(local.folders.path(name), isPortFree))
}
