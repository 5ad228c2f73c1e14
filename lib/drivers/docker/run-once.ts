import { Refusal } from '../../refusal.ts'
import { HandOver, type ContainerSpec, type ExitCode, type StepIo } from '../driver.ts'
import { kill } from './end.ts'
import { lookUp, type Found } from './inspect.ts'
import type { DockerStack } from './open.ts'
import { readOutput } from './output.ts'
import { startUnless } from './start.ts'

export async function runOnce(stack: DockerStack, spec: ContainerSpec, io: StepIo): Promise<ExitCode> {
  io.signal.throwIfAborted()
  let adopted = false
  const found = await startUnless(stack, spec, io, () => (adopted = true))
  // Since its creation: its first lines may be older than the moment at which the engine calls it started.
  const from = adopted ? await io.loggedUpTo(spec.name, found.createdAt) : 0
  return await follow(stack, found, from, io)
}

/** Its output to the log until it ends, and its exit code; killed whole on an abort that is no hand-over. */
async function follow(stack: DockerStack, { id, state: { name } }: Found, from: number, io: StepIo): Promise<ExitCode> {
  try {
    for await (const line of readOutput(stack, name, from, io)) {
      await io.line({ ...line, source: name })
      if (io.signal.aborted) break
    }
    io.signal.throwIfAborted()
  } catch (error) {
    if (!io.signal.aborted) throw error
    if (!(io.signal.reason instanceof HandOver)) {
      // A runner that has lost the operation must not kill what another has adopted.
      await io.guard()
      await kill(stack, id, io)
    }
    throw io.signal.reason
  }
  const exitCode = (await lookUp(stack, name, io))?.state.exitCode ?? null
  if (exitCode === null) throw new Refusal('conflict', `${name} ended without leaving an exit code: it was removed meanwhile.`)
  return exitCode
}
