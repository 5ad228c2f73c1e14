import { Refusal } from '../../refusal.ts'
import { HandOver, type ContainerSpec, type ExitCode, type LogPosition, type StepIo } from '../driver.ts'
import { outputPath, type ContainerRecord } from './container-folder.ts'
import { kill } from './end.ts'
import type { Local } from './open.ts'
import { readOutput } from './output.ts'
import { isAlive } from '../machine/process.ts'
import { startUnless } from './start.ts'

export async function runOnce(local: Local, spec: ContainerSpec, io: StepIo): Promise<ExitCode> {
  io.signal.throwIfAborted()
  // Whatever was begun under that name is never begun again, not even when nobody knows how far it came.
  let adopted = false
  const record = await startUnless(local, spec, io, () => (adopted = true))
  const from = adopted ? await io.loggedUpTo(spec.name, new Date(record.startedAt)) : 0
  return await follow(local, record, io, { from, spares: (reason) => reason instanceof HandOver })
}

interface Following {
  from: LogPosition
  /** Whether it is left running by an abort with that reason. */
  spares(reason: unknown): boolean
}

/** Its output to the log until it ends, and its exit code; killed whole on an abort that does not spare it. */
export async function follow(local: Local, record: ContainerRecord, io: StepIo, { from, spares }: Following): Promise<ExitCode> {
  const path = outputPath(local.folders, record.name)
  try {
    for await (const line of readOutput(path, from, () => isAlive(record.process), io.signal)) {
      await io.line({ ...line, source: record.name })
      if (io.signal.aborted) break
    }
    io.signal.throwIfAborted()
  } catch (error) {
    if (!io.signal.aborted) throw error
    if (!spares(io.signal.reason)) {
      // A runner that has lost the operation must not kill what another has adopted.
      await io.guard()
      await kill(local, record)
    }
    throw io.signal.reason
  }
  const { exitCode } = local.folders.state(record)
  if (exitCode === null) throw new Refusal('conflict', `${record.name} ended without leaving an exit code: it was killed, or the machine was restarted.`)
  return exitCode
}
