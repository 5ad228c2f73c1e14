import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { findBinaries, serverEnv, type ServerUser } from '../../db/embedded-binaries.ts'
import { freePort } from '../../router/free-port.ts'
import { audit, Bank } from '../test-bank.ts'
import { postgresql } from './postgresql.ts'
import { type Address, type Command, type CopyForBackup, SessionLost } from './type.ts'

/** A server in plain folders, by the commands of the type alone. */
const user: ServerUser = process.getuid?.() === 0 ? { uid: idOf('-u'), gid: idOf('-g') } : null
const credentials = postgresql.makeCredentials()
const never = new AbortController().signal
let home: string
let binaries: string
const running = new Set<ChildProcess>()

function idOf(flag: string): number {
  return Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }))
}

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'davit-postgresql-'))
  await chmod(home, 0o711)
  binaries = await findBinaries(home, user)
})

afterAll(async () => {
  for (const child of running) child.kill('SIGKILL')
  await rm(home, { recursive: true, force: true })
})

async function makeVolume(name: string): Promise<string> {
  const volume = join(home, name)
  await mkdir(volume, { mode: 0o700 })
  if (user) await chown(volume, user.uid, user.gid)
  return volume
}

function launch({ command, variables }: Command, volume: string, address: Address): ChildProcess {
  const env = { ...serverEnv, ...variables, VOLUME: volume, HOST: address.host, PORT: String(address.port) }
  const child = spawn('/bin/sh', ['-c', command], { ...user, cwd: binaries, env, stdio: ['ignore', 'pipe', 'pipe'] })
  running.add(child)
  child.once('exit', () => running.delete(child))
  return child
}

async function outputOf(child: ChildProcess): Promise<string> {
  let text = ''
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (bytes: Buffer) => (text += bytes.toString()))
  if (child.exitCode === null) await once(child, 'close')
  return text
}

class Server {
  readonly volume: string
  readonly address: Address
  readonly child: ChildProcess
  readonly output: Promise<string>

  private constructor(volume: string, address: Address) {
    this.volume = volume
    this.address = address
    this.child = launch(postgresql.serve(128), volume, address)
    this.output = outputOf(this.child)
  }

  /** @throws what it said last when it ends before it answers. */
  static async start(volume: string): Promise<Server> {
    const server = new Server(volume, { host: '127.0.0.1', port: await freePort() })
    let ended = false
    const end = server.output.then((text) => {
      ended = true
      throw new Error(text)
    })
    end.catch(() => {})
    await Promise.race([end, server.#answering(() => ended)])
    return server
  }

  async #answering(ended: () => boolean): Promise<void> {
    while (!ended()) {
      const connection = await postgresql.connect(this.address, credentials, never).catch(() => null)
      if (connection) return connection.close()
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  get url(): string {
    return postgresql.url(this.address, credentials)
  }

  /** As Davit's own account, in the database that is given out. */
  own(): postgres.Sql {
    return postgres({ ...this.address, user: 'davit', password: credentials.own, database: 'app', max: 1, onnotice: () => {} })
  }

  async stop(): Promise<string> {
    this.child.kill(postgresql.stop.signal)
    return this.output
  }
}

async function initialised(name: string): Promise<string> {
  const volume = await makeVolume(name)
  const child = launch(postgresql.initialise(credentials), volume, { host: '', port: 0 })
  const output = await outputOf(child)
  expect(child.exitCode, output).toBe(0)
  for (const secret of Object.values(credentials)) expect(output + postgresql.initialise(credentials).command).not.toContain(secret)
  return volume
}

test('makes a cluster with an account to give out, serves it, and shuts it down cleanly', async () => {
  const server = await Server.start(await initialised('made'))
  const given = postgres(server.url, { max: 1, onnotice: () => {} })
  expect(await given`select current_user, current_database(), (select rolsuper from pg_roles where rolname = current_user) as super`).toEqual([
    { current_user: 'app', current_database: 'app', super: false },
  ])
  await given`create table notes (text text)`
  const rest = postgres({ ...server.address, user: 'app', password: 'guessed', database: 'app', max: 1 })
  await expect(rest`select 1`).rejects.toMatchObject({ code: '28P01' })
  const connection = await postgresql.connect(server.address, credentials, never)
  // Of clients that have left, or were not let in, the server lets go a moment later.
  await vi.waitUntil(async () => (await connection.status()).connections === 1, { timeout: 30_000 })
  expect(await connection.status()).toMatchObject({ connectionsMost: 95, version: expect.stringMatching(/^18/), usedBytes: expect.any(Number) })
  await connection.close()
  await rest.end()
  expect(await server.stop()).toContain('database system is shut down')
  await given.end({ timeout: 0 })
  const child = launch(postgresql.initialise(credentials), server.volume, { host: '', port: 0 })
  await outputOf(child)
  expect(child.exitCode).toBe(0)
  const again = await Server.start(server.volume)
  const other = postgres(again.url, { max: 1 })
  expect(await other`select count(*)::int from notes`).toEqual([{ count: 0 }])
  await other.end()
  expect(await again.stop()).not.toContain('interrupted')
})

test('clients that take every slot they can leave one for Davit', async () => {
  const server = await Server.start(await initialised('full'))
  const crowd = Array.from({ length: 95 }, () => postgres(server.url, { max: 1 }))
  await Promise.all(crowd.map((one) => one`select 1`))
  const late = postgres(server.url, { max: 1 })
  await expect(late`select 1`).rejects.toMatchObject({ code: '53300' })
  const connection = await postgresql.connect(server.address, credentials, never)
  await connection.probe()
  await connection.close()
  await Promise.all([...crowd, late].map((one) => one.end({ timeout: 0 })))
  await server.stop()
})

const nothing = async () => {}
const copyNothing: CopyForBackup = { all: nothing, only: nothing, write: nothing, progress: () => {} }

test('a backup may copy for as long as it takes', async () => {
  const server = await Server.start(await initialised('slow'))
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'], shouldAdvanceTime: true })
  try {
    const connection = await postgresql.connect(server.address, credentials, never)
    await connection.backUp({ ...copyNothing, all: async () => void vi.advanceTimersByTime(86_400_000) })
    await connection.close()
  } finally {
    vi.useRealTimers()
    await server.stop()
  }
})

test('a backup says in its own words that its session was ended, whenever it is', async () => {
  const server = await Server.start(await initialised('ended'))
  const own = server.own()
  // Returns once they are gone.
  const end = async () => void (await own`select pg_terminate_backend(pid, 60000) from pg_stat_activity where application_name = 'davit'`)
  const shutDown = async () => {
    server.child.kill('SIGQUIT')
    await server.output
  }
  let begun: Promise<void> | undefined
  const whileItWaits = { progress: () => void (begun ??= end()), all: async () => await begun }
  for (const change of [whileItWaits, { all: end }, { only: end }, { all: shutDown }]) {
    const connection = await postgresql.connect(server.address, credentials, never)
    await expect(connection.backUp({ ...copyNothing, ...change })).rejects.toThrow(SessionLost)
    await connection.close()
  }
  await own.end({ timeout: 0 })
})

describe('a backup of a gigabyte under load', { timeout: 600_000 }, () => {
  let server: Server
  let taken: { volume: string; acknowledged: number[]; wal: string[] }

  beforeAll(async () => {
    server = await Server.start(await initialised('bank'))
    const bank = await new Bank(server.url).found(1024)
    bank.open()
    const own = server.own()
    const [held] = await own<{ bytes: string }[]>`select pg_database_size('app') as bytes`
    expect(Number(held!.bytes)).toBeGreaterThan(1024 ** 3)
    let over = false
    const checkpoints = (async () => {
      while (!over) await own.unsafe('checkpoint').then(() => own`select pg_switch_wal()`)
    })()
    const volume = await makeVolume('taken')
    const acknowledged = [...bank.acknowledged]
    const wal: string[] = []
    const copy = copyTo(volume, () => bank.more(400))
    await backUp({
      ...copy,
      async only(paths) {
        wal.push(...paths)
        await copy.only(paths)
      },
    })
    taken = { volume, acknowledged, wal }
    over = true
    await checkpoints
    await own.end()
    await bank.end()
  }, 600_000)
  afterAll(() => server.stop())

  async function backUp(copy: CopyForBackup): Promise<void> {
    const connection = await postgresql.connect(server.address, credentials, never)
    await connection.backUp(copy)
    await connection.close()
  }

  /** Half of the files, then many writes, then the others, the control file last: what a slow copy of much data sees. */
  function copyTo(volume: string, haveManyWrites: () => Promise<void>): CopyForBackup {
    const put = async (path: string, write: (to: string) => Promise<void>) => {
      const to = join(volume, path)
      await mkdir(dirname(to), { recursive: true })
      await write(to)
    }
    const take = (path: string) => put(path, (to) => copyFile(join(server.volume, path), to))
    const passing = (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error
    }
    return {
      async all(except) {
        const entries = await readdir(join(server.volume, 'data'), { recursive: true, withFileTypes: true })
        const found = entries.map((entry) => ({ path: join(entry.parentPath, entry.name).slice(server.volume.length + 1), isFile: entry.isFile() }))
        const copied = found.filter(({ path }) => !except.some((one) => path === one || path.startsWith(`${one}/`)))
        for (const { path } of copied.filter(({ isFile }) => !isFile)) await mkdir(join(volume, path), { recursive: true })
        const wanted = copied.filter(({ isFile }) => isFile).map(({ path }) => path)
        const [early, late] = [wanted.filter((_, index) => index % 2 === 0), wanted.filter((_, index) => index % 2 === 1)]
        for (const path of early) if (!path.endsWith('pg_control')) await take(path).catch(passing)
        await haveManyWrites()
        for (const path of late) if (!path.endsWith('pg_control')) await take(path).catch(passing)
        await haveManyWrites()
        await take('data/global/pg_control')
      },
      async only(paths) {
        for (const path of paths) await take(path)
      },
      write: (path, text) => put(path, (to) => writeFile(to, text)),
      progress: () => {},
    }
  }

  /** What is wrong with it once it was brought back without that file; that it cannot be is wrong, too. */
  async function restoredWrong(missing: string | undefined = undefined): Promise<string[]> {
    const volume = await makeVolume('restored')
    execFileSync('cp', ['-R', `${taken.volume}/.`, volume])
    if (missing !== undefined) await rm(join(volume, missing))
    execFileSync('chmod', ['-R', 'go-rwx', volume])
    if (user) execFileSync('chown', ['-R', `${user.uid}:${user.gid}`, volume])
    let restored: Server | undefined
    let own: postgres.Sql | undefined
    try {
      restored = await Server.start(volume)
      own = restored.own()
      return await audit(own, taken.acknowledged)
    } catch (error) {
      return [(error as Error).message]
    } finally {
      await own?.end({ timeout: 1 })
      await restored?.stop()
      await rm(volume, { recursive: true })
    }
  }

  test('brings back all that was acknowledged before, with sums, sequences and indexes that agree', async () => {
    expect(await restoredWrong()).toEqual([])
    const own = server.own()
    expect(await own`select slot_name from pg_replication_slots`).toEqual([])
    await own.end()
  })

  test('is found wrong when it lacks its label', async () => {
    expect(await restoredWrong('data/backup_label')).not.toEqual([])
  })

  test.each([
    ['its last segment', -1],
    ['a segment in the middle', 1],
  ])('is found wrong when it misses %s of WAL', async (_which, index) => {
    expect(taken.wal.length).toBeGreaterThan(2)
    expect((await restoredWrong(taken.wal.at(index))).join()).toMatch(/WAL ends before end of online backup|could not|invalid/)
  })

  test('fails when its session is lost, and the server keeps no WAL for it', async () => {
    const own = server.own()
    const copy = copyTo(await makeVolume('lost'), async () => {})
    const all = async () => void (await own`select pg_terminate_backend(pid, 60000) from pg_stat_activity where application_name = 'davit'`)
    await expect(backUp({ ...copy, all })).rejects.toThrow(SessionLost)
    expect(await own`select slot_name from pg_replication_slots`).toEqual([])
    await own.end()
  })
})
