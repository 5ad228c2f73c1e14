import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type Docker from 'dockerode'
import { commandLines, git, worker } from '../contract/machine.ts'
import type { Behaviour, SourceFiles, TestSource, World } from '../contract/world.ts'
import { createDockerDriver } from './driver.ts'
import { label } from './labels.ts'
import type { DockerOptions } from './open.ts'
import { readMessages } from './messages.ts'
import { fetchBase, importBase } from './test-base.ts'
import type { TestEngine } from './test-engine.ts'

const base = 'davit-test:base'
const realm = 'contract-1'

/** A world on a real engine: what is to be built is a repository with a Dockerfile, everything else an image in a registry. */
export interface DockerWorld extends World {
  engine: TestEngine
  options: DockerOptions
  /** An image in the registry, of which the engine keeps nothing. */
  makeImage(files: SourceFiles): Promise<TestSource>
  /** A git repository with these files alone. */
  makeRepository(files: Record<string, string>): TestSource
}

const plain = (behaviour: Behaviour) => (behaviour.includes(' ') ? `node behave.js '${behaviour}'` : `node behave.js ${behaviour}`)
// What is to be told alone takes the place of its shell.
const command = (behaviour: Behaviour) => (behaviour === 'say who is told' ? `exec ${plain(behaviour)}` : plain(behaviour))

export async function openDockerWorld(engine: TestEngine, kind: 'image' | 'repository'): Promise<DockerWorld> {
  const root = mkdtempSync(join(tmpdir(), 'davit-docker-world-'))
  // Git comes by here under a uid of its own.
  chmodSync(root, 0o755)
  const folder = join(root, 'stack')
  // Engines of tests that begin at the same moment see nothing of each other yet.
  const networks = { first: `10.${64 + (worker - 1) * 40 + (Math.floor(Number(engine.registry.split(':')[1]) / 2) % 40)}.0.0`, count: 64 }
  const options = { socketPath: engine.socketPath, realm, folder, networks, machine: join(root, 'machine'), uids: { first: 640_000, last: 640_099 } }
  const driver = createDockerDriver(options)
  const { docker } = engine
  await (kind === 'image' ? fetchBase(engine, base) : importBase(docker, base))
  const own = { label: [`${label.realm}=${realm}`] }
  return {
    engine,
    options,
    driver,
    another: createDockerDriver(options),
    makeSource: async (files) => (files.build === undefined && kind === 'image' ? await makeImage(engine, root, files) : makeRepository(root, filesOf(files), filesOf)),
    makeImage: (files) => makeImage(engine, root, files),
    makeRepository: (files) => makeRepository(root, files, () => files),
    declares: kind === 'repository',
    shorten: (commit) => (commit.startsWith('sha256:') ? commit : commit.slice(0, 8)),
    takesPrograms: false,
    deadUrl: kind === 'image' ? '127.0.0.1:9/nothing' : 'http://127.0.0.1:9/nothing.git',
    command,
    async poke(name) {
      const address = (await driver.inspect({ name }))?.address
      await fetch(`http://${address?.host}:${address?.port}/`)
    },
    async countProcesses(name) {
      const named = await docker.listContainers({ filters: { label: [`${label.realm}=${realm}`, `${label.name}=${name}`] } })
      const networks = await docker.listNetworks({ filters: { label: [`${label.realm}=${realm}`, `${label.build}=${name}`] } })
      const building = networks.length === 0 ? [] : await docker.listContainers({ filters: { network: networks.map(({ Id }) => Id) } })
      const tables = await Promise.all([...named, ...building].map(({ Id }) => docker.getContainer(Id).top()))
      return tables.reduce((sum, { Processes }) => sum + Processes.length, 0)
    },
    async everything() {
      // By then the networks that nobody is left on are gone.
      await driver.kept()
      const containers = await docker.listContainers({ all: true })
      const networks = await docker.listNetworks({ filters: own })
      const images = await docker.listImages({ all: true })
      const { Volumes } = await docker.listVolumes()
      const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => !/^(locks\/|[0-9a-f]{12}-)/.test(path))
      return [
        ...containers.map(({ Names }) => `container ${Names[0]}`),
        ...networks.map(({ Name }) => `network ${Name}`),
        ...(Volumes ?? []).map(({ Name }) => `volume ${Name}`),
        ...images.map(({ Id, RepoTags, RepoDigests }) => `image ${Id} ${RepoTags?.join(' ')} ${RepoDigests?.join(' ')}`),
        ...files,
      ].sort()
    },
    visibleCommandLines: async () => commandLines(),
    async close() {
      rmSync(root, { recursive: true, force: true })
      await engine.close()
    },
  }
}

let made = 0

/** To the registry that the name says, and away from the engine; gives its digest. */
export async function moveOut(docker: Docker, name: string): Promise<string> {
  const pushed = (await docker.getImage(name).push({ authconfig: {} })) as Readable
  let digest = ''
  for await (const { aux, error } of readMessages(pushed)) {
    if (error !== undefined) throw new Error(error)
    digest = (aux as { Digest?: string } | undefined)?.Digest ?? digest
  }
  await docker.getImage(name).remove()
  return digest
}

async function makeImage(engine: TestEngine, root: string, files: SourceFiles): Promise<TestSource> {
  const url = `${engine.registry}/source-${++made}`
  const push = async (next: SourceFiles) => {
    const tree = writeTree(mkdtempSync(join(root, 'image-')), filesOf(next))
    const { docker } = engine
    const built = (await docker.buildImage({ context: tree, src: readdirSync(tree) }, { t: `${url}:main`, forcerm: true })) as Readable
    for await (const { error } of readMessages(built)) if (error !== undefined) throw new Error(error)
    return await moveOut(docker, `${url}:main`)
  }
  return { url, commit: await push(files), buildCommand: null, push }
}

function makeRepository(root: string, files: Record<string, string>, filesOf: (next: SourceFiles) => Record<string, string>): TestSource {
  const folder = mkdtempSync(join(root, 'source-'))
  chmodSync(folder, 0o755)
  git(folder, 'init', '--quiet', '--initial-branch=main')
  const commit = (next: Record<string, string>) => {
    writeTree(folder, next)
    git(folder, 'add', '--all')
    git(folder, 'commit', '--quiet', '--allow-empty', '--message', `A commit of ${folder}`)
    return git(folder, 'rev-parse', 'HEAD')
  }
  return { url: folder, commit: commit(files), buildCommand: null, push: async (next) => commit(filesOf(next)) }
}

/** Unlike any other: a layer that is there already would show nothing. */
function filesOf({ procfile, davitYml, build }: SourceFiles): Record<string, string> {
  return {
    Dockerfile: [`FROM ${base}`, 'COPY . /app/', ...(build === undefined ? [] : [`RUN ${command(build)}`])].join('\n'),
    'behave.js': readFileSync(join(import.meta.dirname, '../local/behave.js'), 'utf8'),
    unlike: `${process.pid} ${++made}`,
    ...(procfile === null ? {} : { Procfile: procfile }),
    ...(davitYml === undefined ? {} : { 'davit.yml': davitYml }),
  }
}

function writeTree(tree: string, files: Record<string, string>): string {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(tree, name), text)
  return tree
}
