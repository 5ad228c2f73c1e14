import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import Docker from 'dockerode'
import { freePort } from '../../router/free-port.ts'

const startLimitMs = 30_000

export interface TestEngine {
  docker: Docker
  socketPath: string
  /** `127.0.0.1:PORT` of a registry that keeps nothing. */
  registry: string
  /** Ends the engine, as a crash or an upgrade of it would; `start` brings it back, with all containers ended if they may not outlive it. */
  stop(): Promise<void>
  start(changes?: { liveRestore: boolean }): Promise<void>
  close(): Promise<void>
}

/** Whether there can be one here. Where `DAVIT_TEST_DOCKER=1` says that there must be, its absence is a failure. */
export function canHaveEngine(): boolean {
  const missing = missingForEngine()
  if (missing === null) return true
  if (process.env.DAVIT_TEST_DOCKER === '1') throw new Error(`There must be a Docker engine for these tests, but ${missing}.`)
  console.warn(`NOT COVERED: the Docker driver, as ${missing}`)
  return false
}

function missingForEngine(): string | null {
  if (process.getuid?.() !== 0) return 'these tests do not run as root'
  const missing = ['dockerd', 'docker-registry', 'setpriv'].filter((program) => spawnSync('which', [program]).status !== 0)
  return missing.length === 0 ? null : `${missing.join(' and ')} cannot be found (apt-get install --no-install-recommends docker.io docker-registry)`
}

/**
 * A real engine and a registry of their own, with nothing on them and nothing shared with any other of this
 * machine. With `liveRestore` its containers outlive it. In a network `apart` it keeps networks from each other,
 * which takes rules that the machine's own network is spared; nobody outside reaches its containers then. With
 * `roomMb` it has so much for all it keeps.
 */
export async function openTestEngine({ liveRestore = false, apart = false, roomMb = 0 } = {}): Promise<TestEngine> {
  const root = mkdtempSync(join(tmpdir(), 'davit-docker-'))
  if (roomMb > 0) giveRoom(join(root, 'data'), roomMb)
  const socketPath = join(root, 'engine.sock')
  const docker = new Docker({ socketPath })
  const port = await freePort()
  const registryProcess = run(root, 'docker-registry', ['serve', writeRegistryConfig(root, port)])
  let engine: ChildProcess | null = null
  const start = async (changes = { liveRestore }) => {
    const args = [...engineArguments(root, socketPath), ...(apart ? [] : sparing), ...(changes.liveRestore ? ['--live-restore'] : [])]
    engine = run(root, 'dockerd', args, apart ? ['unshare', '--net'] : [])
    await untilReady(root, 'dockerd', engine, async () => (await docker.ping()) !== null)
  }
  const stop = async () => {
    if (engine !== null) await end(engine)
    engine = null
  }
  await start()
  await untilReady(root, 'docker-registry', registryProcess, async () => (await fetch(`http://127.0.0.1:${port}/v2/`)).ok)
  return {
    docker,
    socketPath,
    registry: `127.0.0.1:${port}`,
    stop,
    start,
    async close() {
      await end(registryProcess)
      // Also when a test failed while it was away: containers may outlive it.
      if (engine === null) await start()
      await removeAll(docker)
      await stop()
      leaveMounts(root)
      rmSync(root, { recursive: true, force: true })
    },
  }
}

function giveRoom(folder: string, roomMb: number): void {
  mkdirSync(folder)
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${roomMb}m`, 'tmpfs', folder])
}

/** Or containers would outlive their engine, and the bridges of networks their last user. */
async function removeAll(docker: Docker): Promise<void> {
  for (const { Id } of await docker.listContainers({ all: true })) await docker.getContainer(Id).remove({ force: true })
  await docker.pruneNetworks()
}

/** With containers that outlive it, an engine leaves some of its mounts. */
function leaveMounts(root: string): void {
  const below = readFileSync('/proc/mounts', 'utf8').split('\n').map((line) => line.split(' ')[1] ?? '').filter((path) => path.startsWith(`${root}/`))
  for (const path of below.toReversed()) execFileSync('umount', [path])
}

/** Nothing of the host's network is touched but bridges of its own: no rules, no forwarding. */
const sparing = ['--iptables=false', '--ip6tables=false', '--ip-forward=false', '--ip-masq=false']

function engineArguments(root: string, socketPath: string): string[] {
  const folders = ['--data-root', join(root, 'data'), '--exec-root', join(root, 'exec'), '--pidfile', join(root, 'pid')]
  return [...folders, '--host', `unix://${socketPath}`, '--bridge=none', '--log-level=error']
}

function writeRegistryConfig(root: string, port: number): string {
  const path = join(root, 'registry.yml')
  mkdirSync(join(root, 'registry'))
  writeFileSync(path, JSON.stringify({ version: '0.1', log: { level: 'error' }, storage: { filesystem: { rootdirectory: join(root, 'registry') } }, http: { addr: `127.0.0.1:${port}` } }))
  return path
}

/** Its words go into a file: the engine's own helpers say more than it is told to. Ends with the tests, however these end. */
function run(root: string, program: string, args: string[], before: string[] = []): ChildProcess {
  const output = openSync(join(root, `${program}.log`), 'a')
  try {
    return spawn('setpriv', ['--pdeathsig=TERM', ...before, program, ...args], { stdio: ['ignore', output, output], env: { NODE_ENV: 'test', PATH: process.env.PATH } })
  } finally {
    closeSync(output)
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}

async function untilReady(root: string, program: string, child: ChildProcess, ready: () => Promise<boolean>): Promise<void> {
  const limit = performance.now() + startLimitMs
  while (!(await ready().catch(() => false))) {
    const words = () => readFileSync(join(root, `${program}.log`), 'utf8').slice(-2000)
    if (child.exitCode !== null) throw new Error(`${program} ended with exit code ${child.exitCode}: ${words()}`)
    if (performance.now() > limit) throw new Error(`${program} was not ready within ${startLimitMs / 1000} s: ${words()}`)
    await pause(50)
  }
}
