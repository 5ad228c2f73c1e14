import { Refusal } from '../../refusal.ts'
import type { ExitCode, LogLine, LogPosition, StepIo } from '../driver.ts'
import type { MemoryWorld } from './world.ts'

interface Following {
  from: LogPosition
  /** Whether it is left running by an abort with that reason. */
  spares(reason: unknown): boolean
}

/** Its output to the log until it ends, and its exit code; killed on an abort that does not spare it. */
export async function follow(world: MemoryWorld, name: string, io: StepIo, { from, spares }: Following): Promise<ExitCode> {
  try {
    for await (const line of readLogs(world, name, from, io.signal)) await io.line({ ...line, source: name })
    io.signal.throwIfAborted()
  } catch (error) {
    if (!io.signal.aborted) throw error
    if (!spares(io.signal.reason)) {
      await io.guard()
      world.containers.get(name)?.end(137)
    }
    throw io.signal.reason
  }
  const exitCode = world.containers.get(name)?.exitCode ?? null
  if (exitCode === null) throw new Refusal('conflict', `${name} ended without leaving an exit code.`)
  return exitCode
}

export async function* readLogs(world: MemoryWorld, name: string, from: LogPosition, signal: AbortSignal): AsyncGenerator<LogLine> {
  for (let position = from; !signal.aborted; ) {
    const container = world.containers.get(name)
    const goesOn = container?.running ?? false
    const lines = container?.linesAfter(position) ?? []
    for (const line of lines) {
      position = line.position
      yield line
    }
    if (lines.length > 0) continue
    if (!goesOn) return
    await world.nextChange(signal)
  }
}
