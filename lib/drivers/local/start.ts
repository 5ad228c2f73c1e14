import { Refusal } from '../../refusal.ts'
import type { ContainerSpec, StartedContainer, StepIo } from '../driver.ts'
import type { ContainerRecord } from './container-folder.ts'
import { kill } from './end.ts'
import { holding } from './held.ts'
import { imagePath, lookUpImage } from './image.ts'
import { launch } from './launch.ts'
import { nameLimitMs } from '../machine/lock.ts'
import type { Local } from './open.ts'
import { isAlive } from '../machine/process.ts'
import { isPortFree } from '../machine/reservation.ts'

export async function start(local: Local, spec: ContainerSpec, io: StepIo): Promise<StartedContainer> {
  io.signal.throwIfAborted()
  const record = await startUnless(local, spec, io, (found) => isAlive(found.process))
  return { name: spec.name, address: local.folders.state(record).address }
}

/** Starts it unless `settled` says that what is there of that name will do. Alone among all runners, so never twice. */
export async function startUnless(
  local: Local,
  spec: ContainerSpec,
  io: StepIo,
  settled: (found: ContainerRecord) => boolean,
): Promise<ContainerRecord> {
  return await local.nameLocks.alone(spec.name, nameLimitMs, async () => {
    const found = local.folders.lookUp(spec.name)
    if (found !== null && settled(found)) return found
    const image = imagePath(spec.image)
    if (lookUpImage(local, spec.image) === null) {
      throw new Refusal('not_found', `The image ${spec.image} is not there; deploy again to build it.`)
    }
    return await holding(local, spec, async (volume) => {
      await io.guard()
      // Without namespaces a process may outlive its container, and would hold the port.
      if (found !== null) await kill(local, found)
      return await run(local, spec, { image, kind: 'run', portBefore: found?.port ?? null, volume })
    }, io.signal)
  }, io.signal)
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

export async function run(local: Local, spec: Omit<ContainerSpec, 'environment'>, { image, kind, portBefore, volume }: Run): Promise<ContainerRecord> {
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
    process: null,
  }
  // Before the process, so that one without a record is never left behind.
  local.folders.write(record)
  record.process = await launch(local, { spec, volume, uid, port, image, kind })
  local.folders.write(record)
  return record
}

async function portFor(local: Local, { name, owner, listensAs }: Pick<ContainerSpec, 'name' | 'owner' | 'listensAs'>, before: number | null): Promise<number> {
  if (listensAs !== undefined) return await local.listeners.portOf(listensAs, owner.id)
  return before ?? (await local.ports.take(local.folders.path(name), isPortFree))
}
