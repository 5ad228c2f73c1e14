import { isDeepStrictEqual } from 'node:util'
import { nameLimitMs } from '../machine/lock.ts'
import { isAlive } from '../machine/process.ts'
import type { ContainerSpec, StepIo } from '../driver.ts'
import { type ContainerRecord, runs } from './container-folder.ts'
import { kill } from './end.ts'
import { holding } from './held.ts'
import type { Launched } from './launch.ts'
import { make, refuseUnlessThere } from './make.ts'
import type { Local } from './open.ts'

export interface Ready extends Launched {
  spec: ContainerSpec
}

/** All of it is there but its command: namespaces, mounts, uid. It ends with this process, as nobody else could start it. */
export async function prepare(local: Local, spec: ContainerSpec, io: StepIo): Promise<void> {
  io.signal.throwIfAborted()
  await local.nameLocks.alone(spec.name, nameLimitMs, async () => {
    const found = local.folders.lookUp(spec.name)
    if (found !== null && (runs(found) || lookUpReady(local, spec, found) !== null)) return
    const image = refuseUnlessThere(local, spec)
    await holding(local, spec, { besideOthers: true }, async (volume) => {
      await io.guard()
      if (found !== null) await kill(local, found)
      const { launched } = await make(local, spec, { image, kind: 'run', portBefore: found?.port ?? null, volume, prepared: true })
      local.ready.set(spec.name, { spec, ...launched })
    }, io.signal)
  }, io.signal)
}

/** What this process has made ready of just that, unless another has put something else in its place. */
export function lookUpReady(local: Local, spec: ContainerSpec, found: ContainerRecord): Ready | null {
  const ready = local.ready.get(spec.name)
  const isIt = ready !== undefined && isAlive(ready.process) && isDeepStrictEqual(ready.spec, spec) && isDeepStrictEqual(ready.process, found.process)
  return isIt ? ready : null
}
