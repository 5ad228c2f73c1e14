import { createHash } from 'node:crypto'
import { Refusal } from '../../refusal.ts'
import type { Preview, PreviewRequest, PulledImage, PullRequest, StepIo } from '../driver.ts'
import { holdsPassword, isRef } from '../fetchable.ts'
import { versionFor } from '../programs.ts'
import { say } from '../say.ts'
import { MemoryContainer } from './container.ts'
import { follow } from './follow.ts'
import type { MemoryImage, MemoryWorld, SourceFiles } from './world.ts'

interface Commit {
  id: string
  files: SourceFiles
}

export async function pull(world: MemoryWorld, request: PullRequest, io: StepIo, death: Promise<void>): Promise<PulledImage> {
  refuseOddities(request)
  return await world.alone(turnOf(request.owner.id), death, async () => {
    io.signal.throwIfAborted()
    clearAway(world, request.name)
    const known = request.version === null ? undefined : world.images.get(imageId(request, request.version))
    if (known !== undefined) return pulled(known, false)
    world.caches.add(request.owner.id)
    const commit = await findCommit(world, request, (text) => say(io, text))
    const id = imageId(request, commit.id)
    const there = world.images.get(id)
    if (there !== undefined) return pulled(there, false)
    const { procfile, davitYml } = request.programs ? { procfile: null, davitYml: null } : declared(commit)
    await io.guard()
    if (request.buildCommand !== null) await build(world, request, id, request.buildCommand, io)
    const image = { id, owner: request.owner.id, version: commit.id, procfile, davitYml }
    world.images.set(id, image)
    world.changed(`pull ${id}`)
    return pulled(image, true)
  })
}

export async function preview(world: MemoryWorld, request: PreviewRequest, signal: AbortSignal): Promise<Preview> {
  refuseOddities(request)
  signal.throwIfAborted()
  const commit = await findCommit(world, { ...request, version: null }, async () => {})
  const { procfile, davitYml } = declared(commit)
  return { version: commit.id, declared: { procfile, davitYml } }
}

function declared({ files: { procfile, davitYml = null } }: Commit): { procfile: string; davitYml: string | null } {
  if (procfile !== null) return { procfile, davitYml }
  throw new Refusal('invalid', 'There is no Procfile at the root of the repository. Add one with a line for each service, such as "web: serve".')
}

function pulled({ id, version, procfile, davitYml }: MemoryImage, made: boolean): PulledImage {
  return { id, version, procfile, davitYml, made }
}

/** One pull of an owner at a time. */
export const turnOf = (owner: number) => `image of ${owner}`

async function build(world: MemoryWorld, request: PullRequest, image: string, command: string, io: StepIo): Promise<void> {
  const { name, owner, variables, fence } = request
  const spec = { name, owner, image, place: 'memory', command, variables, port: false, fence }
  const container = new MemoryContainer(world, spec)
  world.containers.set(name, container)
  container.start(spec)
  try {
    const code = await follow(world, name, io, { from: 0, spares: () => false })
    if (code !== 0) throw new Refusal('invalid', `The build command ended with exit code ${code}; its output is in the log.`)
  } finally {
    await io.guard()
    clearAway(world, name)
  }
}

function clearAway(world: MemoryWorld, name: string): void {
  world.containers.get(name)?.end(137)
  if (world.containers.delete(name)) world.changed(`remove ${name}`)
}

type Wanted = Pick<PullRequest, 'sources' | 'programs' | 'ref' | 'version'>

async function findCommit(world: MemoryWorld, { sources, programs, ref, version }: Wanted, tell: (text: string) => Promise<void>): Promise<Commit> {
  const wanted = version ?? ref
  if (programs) return { id: versionFor(programs.title, await programs.versions(), wanted), files: { procfile: null } }
  const silent: Record<string, string> = {}
  for (const [index, { url }] of sources.entries()) {
    const commits = world.commitsOf(url, wanted)
    const where = `${url} (source ${index + 1} of ${sources.length})`
    const [commit] = commits ?? []
    const text = commit ? `Fetched ${wanted} from ${where}: ${commit.id}` : `Could not fetch ${wanted} from ${where}: ${commits === null ? 'no answer' : 'no such ref'}`
    await tell(text)
    if (commit !== undefined) return commit
    if (commits === null) silent[`sources.${index}.url`] = 'Davit cannot fetch from here. No answer'
  }
  const text = `No source has ${wanted}; use a branch, a tag or a commit that was pushed.`
  if (Object.keys(silent).length < sources.length) throw new Refusal('invalid', text, { ...silent, ref: text })
  throw new Refusal('unavailable', `${wanted} could not be fetched: none of ${sources.length} sources answered`, silent)
}

function refuseOddities({ ref, sources }: Pick<PullRequest, 'ref' | 'sources'>): void {
  if (!isRef(ref)) throw new Refusal('invalid', `"${ref}" cannot be a branch, tag or commit.`, { ref: 'Write a branch, tag or commit.' })
  if (sources.some(({ url }) => holdsPassword(url))) throw new Refusal('invalid', 'The address of a source holds a password.')
}

function imageId({ owner, buildCommand }: PullRequest, commit: string): string {
  return createHash('sha1').update(JSON.stringify([owner.id, commit, buildCommand])).digest('hex').slice(0, 16)
}
