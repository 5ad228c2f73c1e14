import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { testDriver } from '../contract.ts'
import type { SourceFiles, TestSource, World } from '../contract/world.ts'
import { createLocalDriver } from './driver.ts'
import { findByVariable } from './process.ts'
import type { LocalOptions } from './open.ts'

const cleanGit = { ...process.env, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' }

function git(folder: string, ...args: string[]): string {
  return execFileSync('git', ['-C', folder, '-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { encoding: 'utf8', env: cleanGit }).trim()
}

function makeSource(root: string): (files: SourceFiles) => Promise<TestSource> {
  return async (files) => {
    const folder = mkdtempSync(join(root, 'source-'))
    // Git reads it under a uid of its own.
    chmodSync(folder, 0o755)
    git(folder, 'init', '--quiet', '--initial-branch=main')
    copyFileSync(new URL('behave.js', import.meta.url), join(folder, 'behave.js'))
    const commit = (next: SourceFiles) => {
      rmSync(join(folder, 'Procfile'), { force: true })
      if (next.procfile !== null) writeFileSync(join(folder, 'Procfile'), next.procfile)
      if (next.davitYml !== undefined) writeFileSync(join(folder, 'davit.yml'), next.davitYml)
      git(folder, 'add', '--all')
      git(folder, 'commit', '--quiet', '--allow-empty', '--message', `A commit of ${folder}`)
      return git(folder, 'rev-parse', 'HEAD')
    }
    return { url: folder, commit: commit(files), push: async (next) => commit(next) }
  }
}

export async function openWorld(isolate: boolean): Promise<World> {
  const root = mkdtempSync(join(tmpdir(), 'davit-local-'))
  chmodSync(root, 0o755)
  const options: LocalOptions = {
    folder: join(root, 'stack'),
    machine: join(root, 'machine'),
    ports: { first: 24_000, last: 25_999 },
    uids: { first: 630_000, last: 630_999 },
    isolate,
  }
  mkdirSync(options.folder)
  const driver = createLocalDriver(options)
  return {
    driver,
    another: createLocalDriver(options),
    makeSource: makeSource(root),
    deadUrl: 'http://127.0.0.1:9/nothing.git',
    command: (behaviour) => `node behave.js '${behaviour}'`,
    async poke(name) {
      const port = (await driver.inspect({ name }))?.address?.port
      await fetch(`http://127.0.0.1:${port}/`)
    },
    countProcesses: async (name) => findByVariable('DAVIT_CONTAINER', `${options.folder}/${name}`).length,
    visibleCommandLines: async () => readdirSync('/proc').filter((entry) => /^\d+$/.test(entry)).map(commandLine).join('\n'),
    async close() {
      for (const container of await driver.list()) await driver.remove(container)
      rmSync(root, { recursive: true, force: true })
    },
  }
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}

const isRoot = process.getuid?.() === 0
if (!isRoot) console.warn('NOT COVERED: the isolated local driver, as these tests do not run as root')

if (isRoot) testDriver('isolated local', () => openWorld(true))
testDriver('local', () => openWorld(false))
