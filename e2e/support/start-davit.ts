import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { freePorts } from './free-ports.ts'
import { publishRun } from './run.ts'

const root = join(import.meta.dirname, '../..')
/** The web may have to be built first. */
const startSeconds = 300

/** Starts Davit as its README says, in a folder of its own, and returns what ends all of it. */
export default async function startDavit() {
  const folder = await mkdtemp(join(tmpdir(), 'davit-e2e-'))
  // Apps and git have uids of their own and must pass through.
  await chmod(folder, 0o711)
  const data = join(folder, 'data')
  const env = { ...process.env, ...(await settings(data)) }
  const errors = join(folder, 'start.log')
  const log = await open(errors, 'a')
  const davit = spawn(process.execPath, ['lib/start.ts'], { cwd: root, env, stdio: ['ignore', 'pipe', log.fd] })
  await log.close()
  const stop = async () => {
    const stopping = spawn(process.execPath, ['lib/stop.ts', '--yes'], { cwd: root, env, stdio: 'ignore' })
    await Promise.all([once(stopping, 'exit'), davit.exitCode ?? davit.signalCode ?? once(davit, 'exit')])
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await mkdir(join(folder, 'repositories'), { mode: 0o755 })
    const setupCode = await untilReady(davit)
    publishRun({ url: env.DAVIT_URL, folder, data, setupCode, routerPort: Number(env.DAVIT_ROUTER_PORT) })
  } catch (error) {
    console.error(await readFile(errors, 'utf8'))
    await stop()
    throw error
  }
  return stop
}

async function settings(data: string) {
  const ports = await freePorts(1200)
  return {
    DAVIT_DATA: data,
    DAVIT_PORT: String(ports),
    DAVIT_URL: `http://127.0.0.1:${ports}`,
    DAVIT_ROUTER_PORT: String(ports + 1),
    DAVIT_ENDPOINT_PORTS: `${ports + 100}-${ports + 199}`,
    DAVIT_CONTAINER_PORTS: `${ports + 200}-${ports + 1199}`,
    DATABASE_URL: '',
  }
}

/** @returns the setup code, which is the last thing that is said of a first start. */
function untilReady(davit: ChildProcess): Promise<string> {
  const said: string[] = []
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const limit = setTimeout(() => reject(new Error(`Davit was not ready within ${startSeconds} s:\n${said.join('\n')}`)), startSeconds * 1000)
  createInterface({ input: davit.stdout! }).on('line', (line) => {
    said.push(line)
    const code = /enter this setup code there: (\S+)/.exec(line)?.[1]
    if (code) resolve(code)
  })
  davit.once('exit', (code) => reject(new Error(`Davit did not start (exit ${code}):\n${said.join('\n')}`)))
  return promise.finally(() => clearTimeout(limit))
}
