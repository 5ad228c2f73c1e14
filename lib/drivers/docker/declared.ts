import type { ImageInspectInfo } from 'dockerode'
import { posix } from 'node:path'
import type { Readable } from 'node:stream'
import { Refusal } from '../../refusal.ts'
import type { StepIo } from '../driver.ts'
import { unlessAbsent } from './engine.ts'
import { inTheEnd, remove } from './end.ts'
import { lookUpReference } from './image.ts'
import { engineName, label } from './labels.ts'
import type { DockerStack } from './open.ts'

/** `procfile`: the image's own command as a service `web`, where it brings none. */
type Declared = { procfile: string; davitYml: string | null }
/** Of the container by way of which it is read. */
type Holder = { name: string; owner: { id: number }; fence: number }

const bytesMax = 65_536
const blockBytes = 512

/**
 * What an image brings in its working folder: `Procfile` and `davit.yml`. One without a Procfile has one
 * service, `web`, with the image's own command. Read by way of a container that is never started.
 */
export async function readDeclared(stack: DockerStack, reference: string, { name, owner, fence }: Holder, io: StepIo): Promise<Declared> {
  const image = await lookUpReference(stack, reference, io)
  if (image === null) throw new Refusal('conflict', `The image ${reference} was removed while it was being read.`)
  const { docker, change } = stack.engine
  const Labels = { [label.realm]: stack.realm, [label.name]: name, [label.owner]: String(owner.id), [label.fence]: String(fence), [label.image]: '' }
  await remove(stack, name, io)
  try {
    await change(io, (abortSignal) => docker.createContainer({ name: engineName(stack.realm, name), Image: reference, Cmd: ['never run'], Labels, HostConfig: { NetworkMode: 'none' }, abortSignal }))
    const procfile = await readFile(stack, name, image, 'Procfile', io)
    return { procfile: procfile ?? procfileOf(image, `in its working folder ${image.Config.WorkingDir || '/'}`), davitYml: await readFile(stack, name, image, 'davit.yml', io) }
  } finally {
    await inTheEnd(io, (waiting) => remove(stack, name, waiting))
  }
}

/** The image's own command, as a line for a shell; null when it has none. */
export function ownCommand({ Config: { Entrypoint, Cmd } }: ImageInspectInfo): string | null {
  const command = [Entrypoint ?? [], Cmd ?? []].flat()
  const plain = /^[\w./:@=+,%-]+$/
  return command.length === 0 ? null : command.map((word) => (plain.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ')
}

export function procfileOf(image: ImageInspectInfo, where: string): string {
  const command = ownCommand(image)
  if (command === null) {
    throw new Refusal('invalid', `The image has no command of its own, and there is no Procfile ${where}. Add one of the two and deploy again.`)
  }
  return `web: ${command}\n`
}

async function readFile(stack: DockerStack, container: string, image: ImageInspectInfo, name: string, io: StepIo): Promise<string | null> {
  return await readFileOf(stack, engineName(stack.realm, container), posix.join(image.Config.WorkingDir || '/', name), io)
}

/** A small file of a container, also of one that was never started; null where there is none. */
export async function readFileOf(stack: DockerStack, id: string, path: string, io: StepIo): Promise<string | null> {
  const { docker, ask } = stack.engine
  return await ask(io, async (abortSignal) => {
    const stream = await unlessAbsent(docker.getContainer(id).getArchive({ path, abortSignal }))
    return stream === null ? null : await onlyFile(stream as Readable, posix.basename(path))
  })
}

/** The one file of a tar archive. */
async function onlyFile(stream: Readable, name: string): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    bytes += chunk.length
    // More than the file, its headers and the padding may have.
    if (bytes > bytesMax + 16 * blockBytes) throw new Refusal('invalid', `${name} is larger than ${bytesMax} bytes, which is the limit.`)
  }
  for (let tar = Buffer.concat(chunks); tar.length >= blockBytes; ) {
    const size = Number.parseInt(tar.toString('latin1', 124, 136), 8)
    const kind = tar.toString('latin1', 156, 157)
    if (kind === '0' || kind === '\0') return tar.toString('utf8', blockBytes, blockBytes + size)
    if (kind !== 'x' && kind !== 'g') break
    tar = tar.subarray(blockBytes + Math.ceil(size / blockBytes) * blockBytes)
  }
  throw new Refusal('invalid', `${name} is not a file; put a file of that name into the working folder of the image.`)
}
