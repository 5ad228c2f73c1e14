import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { Refusal } from '../../refusal.ts'
import type { StepIo } from '../driver.ts'
import { brokenOff, isInterrupted, statusOf, unlessAbsent } from './engine.ts'
import { lookUpReference, repositoryOf } from './image.ts'
import { readMessages } from './messages.ts'
import type { DockerStack } from './open.ts'
import { archiveEnd, headerOf, paddingOf } from './tar.ts'

const run = promisify(execFile)

/** Everything the program is made of, below lib/drivers. */
const modules = ['docker/porter-program.ts', 'files/copy-tree.ts', 'files/tree.ts', 'files/write-file.ts', 'paths.ts']
const prefix = 'porter-'

export const porterCommand = ['/bin/node', '/davit/docker/porter-program.ts']

/**
 * A small image of our own, of what this machine has: Node, `sync`, what these two load, and the program. So no image
 * has to bring anything for the sake of its volumes, and none has to be fetched.
 */
export async function havePorterImage(stack: DockerStack, io: StepIo): Promise<string> {
  const { docker, change } = stack.engine
  const repo = repositoryOf(stack)
  const tag = `${prefix}${digestOf()}`
  const reference = `${repo}:${tag}`
  if ((await lookUpReference(stack, reference, io)) !== null) return reference
  const entries = [...(await listPrograms()), ...listModules()]
  await change(io, async (abortSignal) => {
    const stream = await docker.importImage(Readable.from(archive(entries)), { repo, tag, abortSignal })
    for await (const { error } of readMessages(stream as Readable)) if (error !== undefined) throw isInterrupted(error) ? brokenOff('import') : new Refusal('unavailable', `The engine takes no image of ours: ${error}.`)
  }, { takesLong: true })
  await removePorterImages(stack, reference)
  return reference
}

/** Those of other versions of Davit, or all. */
export async function removePorterImages(stack: DockerStack, but: string | null = null): Promise<void> {
  const { docker, ask } = stack.engine
  const own = `${repositoryOf(stack)}:${prefix}`
  const all = await ask(null, (abortSignal) => docker.listImages({ filters: { reference: [`${own}*`] }, abortSignal }))
  for (const tag of all.flatMap(({ RepoTags }) => RepoTags ?? []).filter((each) => each.startsWith(own) && each !== but)) {
    try {
      await ask(null, (abortSignal) => unlessAbsent(docker.getImage(tag).remove({ abortSignal })))
    } catch (error) {
      // Somebody is just making use of it; the next one removes it.
      if (statusOf(error) !== 409) throw error
    }
  }
}

interface Source {
  /** In the image. */
  name: string
  mode: number
  content: string | Buffer
}

/** `content`: the path of a file, or what is in it. */
async function* archive(sources: Source[]): AsyncGenerator<Buffer> {
  for (const { name, mode, content } of sources) {
    const bytes = typeof content === 'string' ? statSync(content).size : content.length
    yield headerOf({ name, mode, bytes })
    if (typeof content === 'string') yield* createReadStream(content) as AsyncIterable<Buffer>
    else yield content
    yield paddingOf(bytes)
  }
  yield archiveEnd
}

async function listPrograms(): Promise<Source[]> {
  const programs = [['bin/node', process.execPath], ['bin/sync', findProgram('sync')]] as const
  const libraries = new Set<string>()
  for (const [, path] of programs) for (const library of await librariesOf(path)) libraries.add(library)
  return [...programs, ...[...libraries].map((path) => [path.slice(1), path] as const)].map(([name, content]) => ({ name, mode: 0o755, content }))
}

/** As the loader of this machine finds them, and itself. */
async function librariesOf(program: string): Promise<string[]> {
  const { stdout } = await run('ldd', [program])
  return [...stdout.matchAll(/(?:=> )?(\/\S+) \(0x/g)].map(([, path]) => path as string)
}

function findProgram(name: string): string {
  const path = ['/usr/bin', '/bin', '/usr/local/bin'].map((folder) => join(folder, name)).find((each) => existsSync(each))
  if (path === undefined) throw new Refusal('unavailable', `This machine has no program "${name}", without which Davit writes to no volume.`)
  return path
}

function listModules(): Source[] {
  const own = modules.map((name) => ({ name: `davit/${name}`, mode: 0o644, content: readFileSync(join(import.meta.dirname, '..', name)) }))
  return [{ name: 'davit/package.json', mode: 0o644, content: Buffer.from('{"type":"module"}') }, ...own]
}

function digestOf(): string {
  const digest = createHash('sha256').update(process.version)
  for (const { content } of listModules()) digest.update(content)
  return digest.digest('hex').slice(0, 16)
}
