import { setTimeout as pause } from 'node:timers/promises'
import type { ContainerName, StepIo } from '../driver.ts'
import { nameLimitMs } from '../machine/lock.ts'
import { sayKilled } from '../say.ts'
import { statusOf, unlessAbsent, type Engine, type Waiting } from './engine.ts'
import { lookUp } from './inspect.ts'
import type { DockerStack } from './open.ts'

/** How long the kernel may take to end what was killed. */
const killLimitMs = 30_000
const againMs = 200

/** A signal by our own hand rather than the engine's "stop", which is lost when the engine goes away meanwhile. */
export async function stop(stack: DockerStack, name: ContainerName, graceSeconds: number, io: StepIo): Promise<void> {
  const found = await lookUp(stack, name, io)
  if (found === null) return
  await io.guard()
  if (!found.state.running) return
  await stack.engine.change(io, (abortSignal) => send(stack.engine, found.id, found.stopSignal, abortSignal))
  if (await hasEnded(stack, found.id, graceSeconds * 1000, io)) return
  if (graceSeconds > 0) await sayKilled(io, name, graceSeconds)
  await kill(stack, found.id, io)
}

/** SIGKILL to all of it; resolves when the last process is gone. */
export async function kill(stack: DockerStack, id: string, io: Waiting | null): Promise<void> {
  // Not by the step's signal: whoever kills because of an abort waits for the end all the same.
  const heard = io && { line: io.line, signal: AbortSignal.timeout(2 * killLimitMs) }
  await stack.engine.ask(heard, (abortSignal) => send(stack.engine, id, 'SIGKILL', abortSignal))
  if (!(await hasEnded(stack, id, killLimitMs, heard))) throw new Error(`${id.slice(0, 12)} does not end, not even by SIGKILL`)
}

/** Absent counts as ended. The engine's own "wait" is cut short by its absence, so it is asked again. */
async function hasEnded(stack: DockerStack, id: string, limitMs: number, io: Waiting | null): Promise<boolean> {
  const { docker, ask } = stack.engine
  const until = performance.now() + limitMs
  for (;;) {
    const answer = await ask(io, (abortSignal) => unlessAbsent(docker.getContainer(id).inspect({ abortSignal })))
    if (!answer?.State.Running) return true
    const leftMs = until - performance.now()
    if (leftMs <= 0) return false
    const limit = AbortSignal.timeout(Math.ceil(leftMs))
    const abortSignal = io === null ? limit : AbortSignal.any([limit, io.signal])
    // One that is refused at once is not asked for again at once.
    await docker.getContainer(id).wait({ condition: 'not-running', abortSignal }).catch(() => pause(againMs, undefined, { signal: abortSignal }).catch(() => {}))
    io?.signal.throwIfAborted()
  }
}

/** To what does not run any more, or is gone, there is nothing to send. */
async function send(engine: Engine, id: string, signal: string, abortSignal: AbortSignal): Promise<void> {
  try {
    await engine.docker.getContainer(id).kill({ signal, abortSignal })
  } catch (error) {
    if (![404, 409].includes(statusOf(error) ?? 0)) throw error
  }
}

/** Not while it is being started, or it would come to be after its removal. */
export async function remove(stack: DockerStack, name: ContainerName, io: Waiting | null = null): Promise<void> {
  await stack.nameLocks.alone(name, nameLimitMs, async () => {
    const found = await lookUp(stack, name, io)
    if (found !== null) await removeById(stack, found.id, io)
  }, io?.signal)
}

/** With the volumes that have no name. */
export async function removeById(stack: DockerStack, id: string, io: Waiting | null): Promise<void> {
  const { docker, ask } = stack.engine
  await ask(io, async (abortSignal) => {
    const container = docker.getContainer(id)
    try {
      await container.remove({ force: true, v: true, abortSignal })
    } catch (error) {
      if (statusOf(error) === 404) return
      // "Removal is already in progress": somebody else's, which is waited for.
      if (statusOf(error) !== 409) throw error
      await unlessAbsent(container.wait({ condition: 'removed', abortSignal }))
    }
  })
}

/**
 * What is done in the end, by whoever still owns the operation: as every part of the step, and once more without it
 * after an abort. Where that fails, as with an engine that is away, it is left to whoever comes next, who finds it by
 * its name.
 */
export async function inTheEnd(io: Waiting & Pick<StepIo, 'guard'>, work: (io: Waiting | null) => Promise<unknown>): Promise<void> {
  await io.guard()
  try {
    if (!io.signal.aborted) return void (await work(io))
  } catch (error) {
    if (!io.signal.aborted) throw error
    await io.guard()
  }
  await work(null).catch(() => {})
}

/** With all that hangs on it, also what the engine adds while it is being told to end a build. */
export async function removeNetwork(stack: DockerStack, network: string, io: Waiting | null): Promise<void> {
  const { docker, ask } = stack.engine
  for (const until = performance.now() + killLimitMs; ; ) {
    const containers = await ask(io, (abortSignal) => docker.listContainers({ all: true, filters: { network: [network] }, abortSignal }))
    for (const { Id } of containers) await removeById(stack, Id, io)
    try {
      await ask(io, (abortSignal) => unlessAbsent(docker.getNetwork(network).remove({ abortSignal })))
      return
    } catch (error) {
      // "Has active endpoints".
      if (statusOf(error) !== 403 || performance.now() > until) throw error
      await pause(againMs)
    }
  }
}
