import { Refusal } from '../../refusal.ts'
import type { StepIo } from '../driver.ts'
import type { Copied } from '../volumes.ts'
import type { VolumeRecord } from '../machine/volume-records.ts'
import { megabyte } from '../megabyte.ts'
import { inTheEnd, remove } from './end.ts'
import { keptEndpoint, letGoOfEndpoint } from './endpoint.ts'
import { isCutOff, statusOf } from './engine.ts'
import { lookUp } from './inspect.ts'
import { engineName, label } from './labels.ts'
import type { DockerStack } from './open.ts'
import { logConfig, readOutput } from './output.ts'
import { havePorterImage, porterCommand } from './porter-image.ts'
import { archiveOf } from './tar.ts'

/** What is done on a volume: it becomes its owner's, gets a file, or a copy of what another one holds. */
export type Errand = { what: 'own'; uid: number } | { what: 'write'; uid: number; path: string; text: string } | CopyErrand

export interface CopyErrand {
  what: 'copy'
  uid: number
  only?: string[]
  except: string[]
  /** As text, being too large for JSON. */
  sameBeforeNs: string | null
}

/** How far it is, now and then; and at last what came of it. */
export type Said = { bytes: number } | { done: Copied } | { failed: string; code: string | null }

/** How often one is sent again that did not come back, as when the engine was restarted. */
const triesMax = 5
const imageLimitMs = 10 * 60_000

const nameOf = ({ name }: VolumeRecord) => `${name}.porter`

/**
 * Sends a container on an errand to a volume, and takes it away afterwards: the engine alone has volumes in reach. The
 * caller is alone with the volume, so that one that is there already was left by a runner that has lost its operation.
 */
export async function send(stack: DockerStack, to: VolumeRecord, errand: Errand, io: StepIo, from: VolumeRecord | null = null): Promise<Copied> {
  for (let tries = 1; ; tries++) {
    const said = await sendOnce(stack, { to, from, errand }, io)
    if (said === null && tries < triesMax) continue
    if (said !== null && 'done' in said) return said.done
    if (said !== null && ['ENOSPC', 'EDQUOT'].includes(said.code ?? '')) throw new Refusal('conflict', `The disk of the engine is full: ${said.failed}.`)
    throw new Error(`nothing came of what was to be done on ${to.name}: ${said?.failed ?? `it was cut off ${tries} times`}`)
  }
}

interface Sent {
  to: VolumeRecord
  from: VolumeRecord | null
  errand: Errand
}

/** Null: it was killed on its way. */
async function sendOnce(stack: DockerStack, sent: Sent, io: StepIo): Promise<Exclude<Said, { bytes: number }> | null> {
  const { docker, change } = stack.engine
  const name = nameOf(sent.to)
  await recall(stack, sent.to, io)
  try {
    const container = docker.getContainer(await create(stack, name, sent, io))
    await change(io, (abortSignal) => container.putArchive(archiveOf('errand', JSON.stringify(sent.errand), 0o600), { path: '/', abortSignal }))
    if (!(await isStarted(stack, name, change(io, (abortSignal) => container.start({ abortSignal })), io))) return null
    for await (const { stream, text } of readOutput(stack, name, 0, io)) {
      if (stream === 'stderr') continue
      const said = JSON.parse(text) as Said
      if (!('bytes' in said)) return said
      await io.guard()
      io.progress(`${Math.floor(said.bytes / megabyte)} MB written`)
    }
    io.signal.throwIfAborted()
    return null
  } finally {
    await inTheEnd(io, (waiting) => remove(stack, name, waiting))
  }
}

/** False: the engine was cut off from starting it, or from ending the one before it. */
async function isStarted(stack: DockerStack, name: string, start: Promise<unknown>, io: StepIo): Promise<boolean> {
  try {
    await start
    return true
  } catch (error) {
    if (isCutOff(error)) return false
    const kept = keptEndpoint(error)
    if (kept !== null) {
      await remove(stack, name, io)
      await letGoOfEndpoint(stack, kept, io)
      return false
    }
    // 304: it was started by a call whose answer never came.
    if (statusOf(error) === 304) return true
    throw error
  }
}

/** Whoever is still at it goes. The caller is alone with the volume. */
export async function recall(stack: DockerStack, to: VolumeRecord, io: StepIo): Promise<void> {
  const there = await lookUp(stack, nameOf(to), io)
  if (there === null) return
  await io.guard()
  await remove(stack, nameOf(to), io)
}

async function create(stack: DockerStack, name: string, { to, from }: Sent, io: StepIo): Promise<string> {
  const { docker, change } = stack.engine
  // Or the image could go in between, with the last volume there was.
  return await stack.digestLocks.alone('porter', imageLimitMs, async () => {
    const Image = await havePorterImage(stack, io)
    const Mounts = [mountOf(stack, to, '/to'), ...(from === null ? [] : [{ ...mountOf(stack, from, '/from'), ReadOnly: true }])]
    const Labels = { [label.realm]: stack.realm, [label.name]: name, [label.owner]: String(to.owner.id), [label.fence]: String(to.fence), [label.image]: '', [label.porter]: to.name }
    const body = { name: engineName(stack.realm, name), Image, Entrypoint: porterCommand, Labels, HostConfig: { NetworkMode: 'none', LogConfig: logConfig(stack), Mounts } }
    try {
      const { id } = await change(io, (abortSignal) => docker.createContainer({ ...body, abortSignal }))
      return id
    } catch (error) {
      // Made by a call of ours whose answer never came.
      const there = statusOf(error) === 409 ? await lookUp(stack, name, io) : null
      if (there === null) throw error
      return there.id
    }
  }, io.signal)
}

/**
 * What the image has where it is put does not get into it. Should the volume be gone by now, the engine makes one in its
 * place, which carries no name of ours and so is none of a database.
 */
export function mountOf({ realm }: DockerStack, { name }: { name: string }, Target: string) {
  const VolumeOptions = { NoCopy: true, Labels: { [label.realm]: realm }, DriverConfig: { Name: 'local', Options: {} } }
  return { Type: 'volume' as const, Source: engineName(realm, name), Target, VolumeOptions }
}
