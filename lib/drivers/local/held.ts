import { Refusal } from '../../refusal.ts'
import type { ContainerSpec } from '../driver.ts'
import type { VolumeName } from '../volumes.ts'
import { aloneIfNamed } from '../machine/lock.ts'
import { type ContainerRecord, runs } from './container-folder.ts'
import type { Local } from './open.ts'

/**
 * While a container is being started, nobody else starts one on its volume or where it listens, and nobody
 * detaches the volume. Gives where the volume lies. One that is only made ready may have others where it will be.
 */
export async function holding<Result>(local: Local, spec: HoldingSpec, { besideOthers }: { besideOthers: boolean }, run: (volume: string | null) => Promise<Result>, signal: AbortSignal): Promise<Result> {
  const { listensAs, volume } = spec
  const onVolume = async () => {
    if (volume === undefined) return await run(null)
    const files = attachedFiles(local, spec, volume)
    if (!besideOthers) refuseWhileInUse(local, volume)
    return await run(files)
  }
  return await aloneIfNamed(local.listenerLocks, listensAs, signal, async () => {
    const listener = besideOthers || listensAs === undefined ? null : running(local, (record) => record.listensAs === listensAs)
    if (listener !== null) throw new Refusal('conflict', `${listener.name} listens as ${listensAs} already; stop it first.`)
    return await aloneIfNamed(local.volumeLocks, volume, signal, onVolume)
  })
}

type HoldingSpec = Pick<ContainerSpec, 'name' | 'place' | 'listensAs' | 'volume'>

/** @throws Refusal `conflict` while a container runs on it */
export function refuseWhileInUse(local: Local, name: VolumeName): void {
  const user = running(local, (record) => record.volume === name)
  if (user !== null) throw new Refusal('conflict', `${user.name} runs on the volume ${name}; stop it first.`)
}

function attachedFiles(local: Local, { name, place }: HoldingSpec, volume: VolumeName): string {
  const { record, files } = local.volumes.findAttached(volume)
  if (record.place !== place) throw new Refusal('conflict', `The volume ${volume} is attached to ${record.place}, and ${name} is to run at ${place}.`)
  return files
}

function running(local: Local, fits: (record: ContainerRecord) => boolean): ContainerRecord | null {
  return local.folders.list().find((record) => fits(record) && runs(record)) ?? null
}
