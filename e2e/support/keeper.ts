import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { freePorts } from './free-ports.ts'
import type { Run } from './run.ts'

/**
 * Starts Davit as its README says, in a folder of its own, says in one line of JSON where, and ends all of it
 * when its stdin does: so nothing is left behind however the tests end, were they killed.
 */
const root = join(import.meta.dirname, '../..')
const folder = await mkdtemp(join(tmpdir(), 'davit-e2e-'))
// Apps and git have uids of their own and must pass through.
await chmod(folder, 0o711)
await mkdir(join(folder, 'repositories'), { mode: 0o755 })
const port = await freePorts(1200)
const data = join(folder, 'data')
const url = `http://127.0.0.1:${port}`
const env = {
  ...process.env,
  DAVIT_DATA: data,
  DAVIT_PORT: String(port),
  DAVIT_URL: url,
  DAVIT_ROUTER_PORT: String(port + 1),
  DAVIT_ENDPOINT_PORTS: `${port + 100}-${port + 199}`,
  DAVIT_CONTAINER_PORTS: `${port + 200}-${port + 1199}`,
  DATABASE_URL: '',
}
const davit = spawn(process.execPath, ['lib/start.ts'], { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] })
const davitEnded = once(davit, 'exit')
createInterface({ input: davit.stdout }).on('line', (line) => {
  const setupCode = /enter this setup code there: (\S+)/.exec(line)?.[1]
  if (setupCode) console.log(JSON.stringify({ url, folder, data, setupCode, routerPort: port + 1 } satisfies Run))
  else console.error(line)
})

process.stdin.resume()
await Promise.race([once(process.stdin, 'end'), davitEnded])
const stopping = spawn(process.execPath, ['lib/stop.ts', '--yes'], { cwd: root, env, stdio: 'ignore' })
await Promise.all([once(stopping, 'exit'), davitEnded])
await rm(folder, { recursive: true, force: true })
