import type { ContainerSpec, StartedContainer, StepIo } from '../driver.ts'
import { type ContainerRecord, runs } from './container-folder.ts'
import { kill } from './end.ts'
import { holding } from './held.ts'
import { nameLimitMs } from '../machine/lock.ts'
import { begin, refuseUnlessThere, run } from './make.ts'
import type { Local } from './open.ts'
import { lookUpReady } from './prepare.ts'

export async function start(local: Local, spec: ContainerSpec, io: StepIo): Promise<StartedContainer> {
  io.signal.throwIfAborted()
  const record = await startUnless(local, spec, io, runs)
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
    const image = refuseUnlessThere(local, spec)
    return await holding(local, spec, { besideOthers: false }, async (volume) => {
      await io.guard()
      const ready = found && lookUpReady(local, spec, found)
      local.ready.delete(spec.name)
      if (ready) return begin(local, { ...found, startedAt: new Date().toISOString() }, ready)
      // Without namespaces a process may outlive its container, and would hold the port.
      if (found !== null) await kill(local, found)
      return await run(local, spec, { image, kind: 'run', portBefore: found?.port ?? null, volume })
    }, io.signal)
  }, io.signal)
}
