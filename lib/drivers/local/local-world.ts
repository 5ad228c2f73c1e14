import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { commandLines, git, worker } from '../contract/machine.ts'
import { recordIo, type Behaviour, type SourceFiles, type TestSource, type World } from '../contract/world.ts'
import type { Act } from './another-runner.ts'
import { createLocalDriver } from './driver.ts'
import type { LocalOptions } from './open.ts'
import { findByVariable } from '../machine/process.ts'

/** A world for the contract, and for tests of what is peculiar to local containers. */
export interface LocalWorld extends World {
  root: string
  options: LocalOptions
  makeSource(files: SourceFiles, links?: Record<string, string>): Promise<TestSource>
}

export function openLocalWorld(changes: Partial<LocalOptions>): LocalWorld {
  const root = mkdtempSync(join(tmpdir(), 'davit-local-'))
  // Git and the apps come by here under uids of their own.
  chmodSync(root, 0o755)
  // A port that nobody listens on may be held by a container all the same, of which another world knows nothing.
  const firstPort = 24_000 + (worker - 1) * 600
  const options: LocalOptions = {
    folder: join(root, 'stack'),
    machine: join(root, 'machine'),
    ports: { first: firstPort, last: firstPort + 599 },
    uids: { first: 630_000, last: 630_999 },
    places: ['first', 'second'].map((name) => ({ name, folder: join(root, `place-${name}`) })),
    ...changes,
  }
  for (const { folder } of options.places ?? []) if (folder) mkdirSync(folder)
  const driver = createLocalDriver(options)
  // Quoted only where it must be, so that commands with a shell around them and without are both tried.
  const plain = (behaviour: Behaviour) => (behaviour.includes(' ') ? `node behave.js '${behaviour}'` : `node behave.js ${behaviour}`)
  // What is to be told alone takes the place of its shell.
  const command = (behaviour: Behaviour) => (behaviour === 'say who is told' ? `exec ${plain(behaviour)}` : plain(behaviour))
  return {
    root,
    options,
    driver,
    another: createLocalDriver(options),
    async makeSource(files, links = {}) {
      const { url, commit, push } = makeRepository(root, files, links)
      const buildCommand = ({ build }: SourceFiles) => (build === undefined ? null : command(build))
      const source: TestSource = {
        url,
        commit,
        buildCommand: buildCommand(files),
        async push(next) {
          source.buildCommand = buildCommand(next)
          return push(next)
        },
      }
      return source
    },
    declares: true,
    shorten: (commit) => commit.slice(0, 8),
    takesPrograms: true,
    deadUrl: 'http://127.0.0.1:9/nothing.git',
    command,
    async poke(name) {
      const port = (await driver.inspect({ name }))?.address?.port
      await fetch(`http://127.0.0.1:${port}/`)
    },
    countProcesses: async (name) => findByVariable('DAVIT_CONTAINER', `${options.folder}/${name}`).length,
    everything: async () => [...filesBelow(options.folder), ...registered(options.machine)].sort(),
    visibleCommandLines: async () => commandLines(),
    async close() {
      for (const container of await driver.list()) await driver.remove(container)
      for (const volume of await driver.volumes!.list()) await driver.volumes!.remove(volume, recordIo())
      rmSync(root, { recursive: true, force: true })
    },
  }
}

/** In a process of its own, started by whatever takes some of its rights. */
export function spawnRunner({ options }: LocalWorld, act: Act, input: object, starter: string[] = []) {
  const args = [join(import.meta.dirname, 'another-runner.ts'), JSON.stringify(options), act, JSON.stringify(input)]
  const [program = process.execPath, ...rest] = [...starter, process.execPath, ...args]
  return spawn(program, rest, { stdio: ['ignore', 'pipe', 'inherit'] })
}

export async function killRunner(runner: ChildProcess): Promise<void> {
  if (runner.exitCode !== null) return
  const gone = once(runner, 'exit')
  runner.kill('SIGKILL')
  await gone
}

/** Without the locks, of which there is a bounded number for everybody. */
function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => !path.startsWith('locks/'))
}

function registered(machine: string): string[] {
  const uids = join(machine, 'uids')
  const holders = readdirSync(uids).map((uid) => readFileSync(join(uids, uid), 'utf8')).filter((holder) => holder !== '')
  return [...holders.map((holder) => `uid of ${holder}`), ...readdirSync(join(machine, 'ports')).map((port) => `port ${port}`)]
}

function makeRepository(root: string, files: SourceFiles, links: Record<string, string>): Pick<TestSource, 'url' | 'commit'> & { push(files: SourceFiles): string } {
  const folder = mkdtempSync(join(root, 'source-'))
  chmodSync(folder, 0o755)
  git(folder, 'init', '--quiet', '--initial-branch=main')
  copyFileSync(join(import.meta.dirname, 'behave.js'), join(folder, 'behave.js'))
  for (const [name, target] of Object.entries(links)) symlinkSync(target, join(folder, name))
  const commit = (next: SourceFiles) => {
    if (next.procfile !== null) writeFileSync(join(folder, 'Procfile'), next.procfile)
    if (next.davitYml !== undefined) writeFileSync(join(folder, 'davit.yml'), next.davitYml)
    git(folder, 'add', '--all')
    git(folder, 'commit', '--quiet', '--allow-empty', '--message', `A commit of ${folder}`)
    return git(folder, 'rev-parse', 'HEAD')
  }
  return { url: folder, commit: commit(files), push: commit }
}
