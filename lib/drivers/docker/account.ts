import type { StepIo } from '../driver.ts'
import { readFileOf } from './declared.ts'
import type { DockerStack } from './open.ts'
import { archiveOf } from './tar.ts'

const path = '/etc/passwd'

/**
 * The uid of a container gets a name in it, as many programs start under no uid without one: initdb is one. Before it
 * is started; safe to repeat.
 */
export async function giveAccount(stack: DockerStack, id: string, uid: number, io: StepIo): Promise<void> {
  const there = (await readFileOf(stack, id, path, io)) ?? 'root:x:0:0:root:/root:/bin/sh\n'
  if (there.split('\n').some((line) => line.split(':')[2] === String(uid))) return
  const text = `${there.replace(/\n?$/, '\n')}davit:x:${uid}:${uid}::/:/bin/sh\n`
  const container = stack.engine.docker.getContainer(id)
  await stack.engine.change(io, (abortSignal) => container.putArchive(archiveOf(path.slice(1), text, 0o644), { path: '/', abortSignal }))
}
