import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { afterEach, describe, expect, test } from 'vitest'
import { embeddedConnection } from '../db/embedded.ts'
import { stopEmbeddedPostgres } from '../db/embedded-server.ts'
import { recordIo } from '../drivers/contract/world.ts'
import { createLocalDriver } from '../drivers/local/driver.ts'
import type { ProcessIdentity } from '../drivers/machine/process.ts'
import { awaitEnd, isAlive, sendSignal } from '../drivers/machine/process.ts'
import { routerStatus } from '../router/client.ts'
import { freePort } from '../router/free-port.ts'
import { until } from '../router/testing.ts'

const folders: string[] = []

afterEach(async () => {
  for (const folder of folders.splice(0)) {
    for (const name of ['start', 'web', 'runner', 'router']) {
      const identity = await identityOf(folder, name)
      if (!isAlive(identity)) continue
      sendSignal(identity!.pid, 'SIGKILL')
      await awaitEnd(identity!, 10_000)
    }
    await stopEmbeddedPostgres(folder)
    await rm(folder, { recursive: true, force: true })
  }
})

const identityOf = async (folder: string, name: string) =>
  await readFile(join(folder, 'run', `${name}.json`), 'utf8').then((text) => JSON.parse(text) as ProcessIdentity, () => null)

async function place() {
  const folder = await mkdtemp(join(tmpdir(), 'davit-start-'))
  await chmod(folder, 0o711)
  folders.push(folder)
  return { folder, port: await freePort(), routerPort: await freePort() }
}

type Place = Awaited<ReturnType<typeof place>>

const web = (port: number) => `require('node:http').createServer((req, res) => res.end('ok')).listen(${port}, '127.0.0.1'); process.on('SIGTERM', () => process.exit(0))`
/** Listens for SIGTERM before it says that it does: Davit itself waits for no runner. */
const runner = (folder: string) => `const { writeFileSync } = require('node:fs')
  process.on('SIGTERM', () => { writeFileSync('${folder}/handed-over', ''); process.exit(0) })
  setInterval(() => {}, 1000)
  writeFileSync('${folder}/hears-sigterm', '')`

/** The real start, with programs in the place of the web and the runner. */
function start({ folder, port, routerPort }: Place, env: Record<string, string> = {}, runnerArgs = ['-e', runner(folder)]) {
  const parts = `{ build: async () => {}, web: ['-e', ${JSON.stringify(web(port))}], runner: ${JSON.stringify(runnerArgs)} }`
  const program = `const { startDavit } = await import(${JSON.stringify(join(import.meta.dirname, 'davit.ts'))})
    await startDavit(${parts}).then(() => process.exit(0), (error) => { console.error(error.message); process.exit(1) })`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    env: { NODE_ENV: 'test', PATH: '/usr/bin:/bin', DAVIT_DATA: folder, DAVIT_PORT: String(port), DAVIT_ROUTER_PORT: String(routerPort), ...env },
    cwd: join(import.meta.dirname, '../..'),
  })
  let said = ''
  const hear = (chunk: Buffer) => {
    said += chunk
  }
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  // And all that it said is here.
  const exit = once(child, 'close') as Promise<[number | null]>
  return { child, said: () => said, exit, ready: () => until(async () => said.includes('npm stop ends all of it') || child.exitCode !== null) }
}

async function stop({ folder }: Place, ...args: string[]) {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../stop.ts'), ...args], { env: { NODE_ENV: 'test', DAVIT_DATA: folder }, stdio: ['ignore', 'pipe', 'pipe'] })
  const [out, err, [code]] = await Promise.all([child.stdout.toArray(), child.stderr.toArray(), once(child, 'exit')])
  return { code: code as number | null, said: Buffer.concat([...out, ...err] as Buffer[]).toString() }
}

describe('startDavit', () => {
  test('starts everything, says one address and the setup code; Ctrl-C leaves router and Postgres running', async () => {
    const where = await place()
    const davit = start(where)
    await davit.ready()
    expect(davit.said()).toContain(`Davit is ready: http://127.0.0.1:${where.port}\n`)
    expect(davit.said()).toMatch(/setup code there: [A-Z2-9]{4}(-[A-Z2-9]{4}){3}\n/)
    await until(async () => existsSync(join(where.folder, 'hears-sigterm')))
    const [router, webBefore] = [await routerStatus(where.folder), await identityOf(where.folder, 'web')]
    davit.child.kill('SIGINT')
    expect((await davit.exit)[0]).toBe(0)
    expect(davit.said()).toContain('Apps, the router and the database go on running')
    expect(isAlive(webBefore)).toBe(false)
    await readFile(join(where.folder, 'handed-over'))
    expect((await routerStatus(where.folder)).pid).toBe(router.pid)

    const again = start(where)
    await again.ready()
    expect((await routerStatus(where.folder)).pid).toBe(router.pid)
    again.child.kill('SIGTERM')
    expect((await again.exit)[0]).toBe(0)
  })

  test('ends what a killed start left behind, and starts it afresh', async () => {
    const where = await place()
    const davit = start(where)
    await davit.ready()
    const left = await identityOf(where.folder, 'runner')
    davit.child.kill('SIGKILL')
    await davit.exit
    expect(isAlive(left)).toBe(true)
    const again = start(where)
    await again.ready()
    expect(isAlive(left)).toBe(false)
    expect(isAlive(await identityOf(where.folder, 'runner'))).toBe(true)
  })

  test('starts a runner that ends again and again soon after, as what it was carrying out waits for it', async () => {
    const where = await place()
    const davit = start(where, {}, ['-e', 'process.exit(1)'])
    const seconds = () => [...davit.said().matchAll(/The runner ended \(exit 1\) and is started again in (\S+) s\./g)].map(([, said]) => said)
    await until(async () => seconds().length >= 4)
    expect(seconds().slice(0, 4)).toEqual(['0.5', '1', '2', '2'])
  })

  test('starts the runner and the router again when they die', async () => {
    const where = await place()
    const davit = start(where)
    await davit.ready()
    const before = { runner: await identityOf(where.folder, 'runner'), router: await identityOf(where.folder, 'router') }
    for (const identity of Object.values(before)) sendSignal(identity!.pid, 'SIGKILL')
    for (const name of ['runner', 'router'] as const) {
      await until(async () => {
        const now = await identityOf(where.folder, name)
        return now?.pid !== before[name]?.pid && isAlive(now)
      })
    }
    expect(davit.said()).toContain('The runner ended (SIGKILL)')
  })

  test('replaces a runner that is there and has lost its lease, also when the start is a new one', async () => {
    const where = await place()
    const startReal = () => start(where, { DAVIT_LEASE_SECONDS: '0.5' }, [join(import.meta.dirname, '../runner/main.ts')])
    const [davit, sql] = [startReal(), postgres({ ...embeddedConnection(where.folder), max: 1, onnotice: () => {} })]
    await davit.ready()
    const leased = async () => {
      const identity = await identityOf(where.folder, 'runner')
      const rows = identity && (await sql`select from runners where pid = ${identity.pid} and state = 'live' and lease_expires_at > clock_timestamp()`.catch(() => []))
      return rows?.length === 1 ? identity : null
    }
    const first = await until(leased)
    sendSignal(first.pid, 'SIGSTOP')
    const second = await until(async () => !isAlive(first) && (await leased()))
    expect(davit.said()).toContain(`The runner (pid ${first.pid}) is there and does nothing: its lease is over. It is killed.`)

    davit.child.kill('SIGKILL')
    await davit.exit
    sendSignal(second.pid, 'SIGSTOP')
    const again = startReal()
    await again.ready()
    expect(isAlive(second)).toBe(false)
    expect(again.said()).toContain(`The runner (pid ${second.pid}) is there and does nothing`)
    await until(async () => (await leased()) !== null)
    again.child.kill('SIGTERM')
    expect((await again.exit)[0]).toBe(0)
    await sql.end({ timeout: 1 })
  })

  test('names the variable when a port is taken, and who runs already', async () => {
    const where = await place()
    const davit = start(where)
    await davit.ready()
    const second = start(where)
    expect((await second.exit)[0]).toBe(1)
    expect(second.said()).toContain(`Davit runs already (pid ${davit.child.pid})`)
    const elsewhere = { ...(await place()), port: where.port }
    const third = start(elsewhere)
    expect((await third.exit)[0]).toBe(1)
    expect(third.said()).toContain('Set DAVIT_PORT to another')
  })

  test('npm stop asks first, then ends all of it', async () => {
    const where = await place()
    const davit = start(where)
    await davit.ready()
    expect(await stop(where)).toMatchObject({ code: 1, said: expect.stringContaining('say --yes') })
    expect((await routerStatus(where.folder)).port).toBe(where.routerPort)
    const names = ['start', 'web', 'runner', 'router'] as const
    const running = await Promise.all(names.map((name) => identityOf(where.folder, name)))
    expect(running.map(isAlive)).toEqual([true, true, true, true])
    expect(await stop(where, '--yes')).toMatchObject({ code: 0, said: expect.stringContaining('Running: start, web, runner, router.\nNo app runs.') })
    expect(running.map(isAlive)).toEqual([false, false, false, false])
    expect((await davit.exit)[0]).toBe(0)
    await expect(readFile(join(where.folder, 'postgres/server/cluster/postmaster.pid'))).rejects.toMatchObject({ code: 'ENOENT' })
    for (const args of [[], ['--yes']]) expect(await stop(where, ...args)).toMatchObject({ code: 0, said: expect.stringContaining('Nothing of Davit runs') })
  })

  test('npm stop detaches volumes, and leaves nothing mounted', async () => {
    const where = await place()
    const davit = start(where)
    await davit.ready()
    const sql = postgres({ ...embeddedConnection(where.folder), max: 1, onnotice: () => {} })
    const [stack] = await sql<{ id: number }[]>`
      with made as (insert into resources (kind, handle) values ('stack', 'here') returning id)
      insert into stacks (id, handle, driver) select id, 'here', 'local' from made returning id`
    await sql.end()
    const folder = join(where.folder, 'stacks', String(stack!.id))
    const numbers = { ports: { first: 22_900, last: 22_910 }, uids: { first: 610_000, last: 610_100 } }
    const volumes = createLocalDriver({ folder, machine: join(where.folder, 'machine'), ...numbers }).volumes!
    const volume = { name: 'orders', owner: { id: 9, handle: 'orders' }, place: 'local', sizeMb: 64, fence: 1 }
    await volumes.create(volume, recordIo())
    await volumes.attach(volume, recordIo())
    expect(await volumes.inspect(volume)).toMatchObject({ attached: true })
    expect(await stop(where, '--yes')).toMatchObject({ code: 0, said: expect.not.stringContaining('stays attached') })
    expect((await davit.exit)[0]).toBe(0)
    expect(await volumes.inspect(volume)).toMatchObject({ attached: false })
    expect(await readFile('/proc/self/mountinfo', 'utf8').catch(() => '')).not.toContain(where.folder)
  })

  test('refuses plain http beyond loopback unless it is said aloud', async () => {
    const where = await place()
    const davit = start(where, { DAVIT_HOST: '0.0.0.0' })
    expect((await davit.exit)[0]).toBe(1)
    expect(davit.said()).toContain('DAVIT_ALLOW_HTTP=1')
  })
})
