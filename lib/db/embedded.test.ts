import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, statSync } from 'node:fs'
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import postgres from 'postgres'
import { afterAll, describe, expect, test } from 'vitest'
import { embeddedConnection } from './embedded.ts'
import { startEmbeddedPostgres, stopEmbeddedPostgres } from './embedded-server.ts'
import { migrateDatabase } from './migrate.ts'

const folders: string[] = []
const root = process.getuid?.() === 0

async function throwAwayFolder(name = 'davit-db-') {
  const folder = mkdtempSync(join(tmpdir(), name))
  // mkdtemp makes 0700, through which the server's uid could not pass.
  await chmod(folder, 0o711)
  folders.push(folder)
  return folder
}

afterAll(async () => {
  for (const folder of folders) {
    await stopEmbeddedPostgres(folder)
    await rm(folder, { recursive: true, force: true })
  }
})

async function ask<Row>(connection: ReturnType<typeof embeddedConnection>, text: string) {
  const sql = postgres({ ...connection, max: 1, onnotice: () => {} })
  return (await sql.unsafe(text).finally(() => sql.end())) as unknown as Row[]
}

/** A process of its own that starts the server, says so and stays. */
function startElsewhere(folder: string) {
  const program = `import { startEmbeddedPostgres } from ${JSON.stringify(join(import.meta.dirname, 'embedded-server.ts'))}
    const { pid, adopted } = await startEmbeddedPostgres(process.argv[1]); console.log(JSON.stringify({ pid, adopted })); setInterval(() => {}, 1000)`
  return spawn(process.execPath, ['--input-type=module', '-e', program, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
}

describe('startEmbeddedPostgres', () => {
  test('makes a server that others reach by the folder alone, and adopts it', async () => {
    const folder = await throwAwayFolder()
    const early = embeddedConnection(folder)
    const first = await startEmbeddedPostgres(folder)
    expect(await ask(early, 'select 1 as one')).toEqual([{ one: 1 }])
    expect(first.adopted).toBe(false)
    expect(await ask(embeddedConnection(folder), 'show fsync')).toEqual([{ fsync: 'on' }])
    expect(await ask(embeddedConnection(folder), 'show listen_addresses')).toEqual([{ listen_addresses: '' }])
    expect(await startEmbeddedPostgres(folder)).toEqual({ ...first, adopted: true })
  })

  test('refuses a wrong password and keeps its files to itself', async () => {
    const folder = await throwAwayFolder()
    const { connection } = await startEmbeddedPostgres(folder)
    await expect(ask({ ...connection, password: 'guessed' }, 'select 1')).rejects.toMatchObject({ code: '28P01' })
    const modes = (path: string) => statSync(join(folder, 'postgres', path)).mode & 0o777
    expect(modes('connection.json')).toBe(0o600)
    expect(modes('socket')).toBe(0o700)
    expect(modes('server')).toBe(0o700)
    expect(readdirSync(join(folder, 'postgres')).filter((name) => name.startsWith('making-'))).toEqual([])
  })

  test.runIf(root)('cannot even be knocked at by another uid', async () => {
    const folder = await throwAwayFolder()
    const { connection } = await startEmbeddedPostgres(folder)
    const knock = createConnection(connection.path)
    await once(knock, 'connect')
    knock.destroy()
    const program = `require('node:net').connect(process.argv[1]).on('error', (error) => process.exit(error.code === 'EACCES' ? 7 : 8)).on('connect', () => process.exit(0))`
    const stranger = spawn('/proc/self/exe', ['-e', program, connection.path], { uid: 619_998, gid: 619_998, cwd: '/', stdio: 'ignore' })
    expect((await once(stranger, 'exit'))[0]).toBe(7)
  })

  test('is adopted after the process that started it was killed', async () => {
    const folder = await throwAwayFolder()
    const elsewhere = startElsewhere(folder)
    const [line] = (await once(elsewhere.stdout, 'data')) as [Buffer]
    const started = JSON.parse(line.toString()) as { pid: number }
    elsewhere.kill('SIGKILL')
    await once(elsewhere, 'exit')
    expect(await startEmbeddedPostgres(folder)).toMatchObject({ pid: started.pid, adopted: true })
  })

  test('comes back with what was committed after it was killed itself', async () => {
    const folder = await throwAwayFolder()
    const { connection, pid } = await startEmbeddedPostgres(folder)
    await ask(connection, 'create table kept as select 42 as answer')
    process.kill(pid, 'SIGKILL')
    const again = await startEmbeddedPostgres(folder)
    expect(again.pid).not.toBe(pid)
    expect(await ask(again.connection, 'select answer from kept')).toEqual([{ answer: 42 }])
  })

  test('starts once when three processes start it at the same time', async () => {
    const folder = await throwAwayFolder()
    const all = await Promise.all([1, 2, 3].map(() => startEmbeddedPostgres(folder)))
    expect(new Set(all.map(({ pid }) => pid)).size).toBe(1)
    expect(all.filter(({ adopted }) => !adopted)).toHaveLength(1)
  })

  test('listens in a short folder when the path is too long for a socket', async () => {
    const folder = join(await throwAwayFolder(), 'a-long-name'.repeat(9))
    await mkdir(folder)
    const { connection } = await startEmbeddedPostgres(folder)
    expect(connection.path.length).toBeLessThan(100)
    expect(await ask(connection, 'select 1 as one')).toEqual([{ one: 1 }])
    await stopEmbeddedPostgres(folder)
    await rm(dirname(connection.path), { recursive: true })
  })

  test.runIf(root)('names the folder that its uid cannot pass through', async () => {
    const hidden = await throwAwayFolder()
    await chmod(hidden, 0o700)
    await expect(startEmbeddedPostgres(join(hidden, 'data'))).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining(hidden) })
    await chmod(hidden, 0o711)
  })
})

describe('stopEmbeddedPostgres', () => {
  test('does not signal a stranger whose pid stands in an old pid file', async () => {
    const folder = await throwAwayFolder()
    await startEmbeddedPostgres(folder)
    await stopEmbeddedPostgres(folder)
    const stranger = spawn('sleep', ['60'])
    await writeFile(join(folder, 'postgres/server/cluster/postmaster.pid'), `${stranger.pid}\n${folder}\n`)
    await stopEmbeddedPostgres(folder)
    expect(stranger.signalCode).toBeNull()
    stranger.kill()
    await once(stranger, 'exit')
    await rm(join(folder, 'postgres/server/cluster/postmaster.pid'))
  })
})

describe('migrateDatabase', () => {
  test('brings an empty database up when six processes try at the same time', async () => {
    const folder = await throwAwayFolder()
    const { connection } = await startEmbeddedPostgres(folder)
    const migrations = await throwAwayFolder('davit-migrations-')
    await mkdir(join(migrations, 'meta'))
    await writeFile(join(migrations, '0000_first.sql'), 'create table things (id int primary key);')
    const entries = [{ idx: 0, version: '7', when: 1, tag: '0000_first', breakpoints: true }]
    await writeFile(join(migrations, 'meta/_journal.json'), JSON.stringify({ version: '7', dialect: 'postgresql', entries }))
    await Promise.all(Array.from({ length: 6 }, () => migrateDatabase(connection, migrations)))
    expect(await ask(connection, 'select count(*)::int from drizzle.__drizzle_migrations')).toEqual([{ count: 1 }])
  })
})
