import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { open, readFile, readlink, realpath, rename, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import postgres from 'postgres'
import { Refusal } from '../refusal.ts'
import { findBinaries, serverEnv, type ServerUser } from './embedded-binaries.ts'
import { type EmbeddedConnection, homeOf } from './embedded.ts'
import { clusterOf, makeCluster } from './embedded-cluster.ts'
import { prepareFolder } from './embedded-folder.ts'

const run = promisify(execFile)

/** Just below the uids handed to apps (DAVIT_UIDS), so that no app is ever given it. */
export const serverUid = 609_999
/** Recovery after a crash may have much to replay. */
const startSeconds = 120
const stopSeconds = 60
const logBytesMax = 16 * 1024 * 1024

export interface EmbeddedPostgres {
  connection: EmbeddedConnection
  pid: number
  /** It was running already. */
  adopted: boolean
}

/**
 * Makes sure a Postgres with its data below `folder` (DAVIT_DATA) runs and takes connections; makes the cluster the first
 * time. It outlives this process, and the next call adopts it. As root it runs under a uid of its own,
 * because Postgres refuses root and so that its files are no app's.
 * @throws Refusal `unavailable` with the server's last lines when it cannot be started.
 */
export async function startEmbeddedPostgres(folder: string, options: { uid?: number } = {}): Promise<EmbeddedPostgres> {
  const home = homeOf(folder)
  const uid = options.uid ?? serverUid
  const user = process.getuid?.() === 0 ? { uid, gid: uid } : null
  const connection = await prepareFolder(home, user)
  const adopted = (await problemWith(connection)) === null ? await runningServer(home) : null
  if (adopted !== null) return { connection, pid: adopted, adopted: true }
  const binaries = await findBinaries(home, user)
  await makeCluster(home, binaries, user, connection)
  const started = await startServer(home, binaries, user, connection)
  await makeDatabase(connection)
  return { connection, ...started }
}

/**
 * Fast shutdown: open transactions are rolled back, what was committed is kept. Stopping what does not run is fine.
 * @throws Refusal `unavailable` when it has not ended within a minute.
 */
export async function stopEmbeddedPostgres(folder: string): Promise<void> {
  const home = homeOf(folder)
  const pid = await runningServer(home)
  if (pid === null) return
  process.kill(pid, 'SIGINT')
  const deadline = performance.now() + stopSeconds * 1000
  while ((await runningServer(home)) === pid) {
    if (performance.now() > deadline) throw new Refusal('unavailable', `Postgres (pid ${pid}) still runs ${stopSeconds} s after it was told to stop`)
    await delay(20)
  }
}

export const embeddedPostgresRuns = async (folder: string) => (await runningServer(homeOf(folder))) !== null

/** The postmaster's pid, if that process really is the one of this folder: pids are given again after a reboot. */
async function runningServer(home: string): Promise<number | null> {
  const file = await readFile(join(clusterOf(home), 'postmaster.pid'), 'utf8').catch(() => '')
  const pid = Number.parseInt(file, 10)
  if (!(pid > 0)) return null
  const cluster = await realpath(clusterOf(home))
  if (process.platform === 'linux') return (await readlink(`/proc/${pid}/cwd`).catch(() => null)) === cluster ? pid : null
  const { stdout } = await run('ps', ['-o', 'command=', '-p', String(pid)]).catch(() => ({ stdout: '' }))
  return stdout.includes(clusterOf(home)) ? pid : null
}

/** Tries until somebody answers: another start may have won, and a dying server's lock can outlive it for seconds. */
async function startServer(home: string, binaries: string, user: ServerUser, connection: EmbeddedConnection) {
  const deadline = performance.now() + startSeconds * 1000
  let child: ChildProcess | null = null
  for (;;) {
    const pid = await runningServer(home)
    const problem = pid === null ? 'it does not run' : await problemWith(connection)
    if (pid !== null && problem === null) return { pid, adopted: pid !== child?.pid }
    if (performance.now() > deadline) throw new Refusal('unavailable', `Postgres does not answer after ${startSeconds} s (${problem}):\n${await lastLines(home)}`)
    const ended = child !== null && (child.exitCode !== null || child.signalCode !== null)
    if (ended && !/lock file|shared memory block/.test(await lastLines(home))) throw new Refusal('unavailable', `Postgres does not start:\n${await lastLines(home)}`)
    if (ended) await delay(200)
    if (pid === null && (child === null || ended)) child = await spawnServer(home, binaries, user, connection)
    await delay(25)
  }
}

async function spawnServer(home: string, binaries: string, user: ServerUser, connection: EmbeddedConnection) {
  const logFile = join(home, 'postgres.log')
  if (((await stat(logFile).catch(() => null))?.size ?? 0) > logBytesMax) await rename(logFile, `${logFile}.1`)
  const log = await open(logFile, 'a', 0o600)
  const settings = {
    listen_addresses: '',
    unix_socket_directories: dirname(connection.path),
    unix_socket_permissions: '0700',
    max_connections: '200',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // Values of a statement may be secrets: they stay out of the log.
    log_parameter_max_length_on_error: '0',
    log_min_error_statement: 'panic',
  }
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const child = spawn(join(binaries, 'bin/postgres'), ['-D', clusterOf(home), ...args], {
    ...user,
    cwd: '/',
    env: serverEnv,
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
  })
  child.on('error', () => {})
  child.unref()
  await log.close()
  return child
}

async function lastLines(home: string) {
  const text = await readFile(join(home, 'postgres.log'), 'utf8').catch(() => '')
  return text.trimEnd().split('\n').slice(-4).join('\n')
}

/** Null when it answers. */
async function problemWith(connection: EmbeddedConnection): Promise<string | null> {
  if (!existsSync(connection.path)) return 'there is no socket yet'
  return await asSuperuser(connection, (sql) => sql`select 1`).then(() => null, (error: Error) => error.message)
}

async function makeDatabase(connection: EmbeddedConnection) {
  await asSuperuser(connection, async (sql) => {
    const [found] = await sql`select 1 from pg_database where datname = ${connection.database}`
    if (!found) await sql`create database ${sql(connection.database)}`.catch(ignoreDuplicate)
  })
}

const ignoreDuplicate = (error: { code?: string }) => {
  if (!['42P04', '23505'].includes(error.code ?? '')) throw error
}

async function asSuperuser<Result>(connection: EmbeddedConnection, ask: (sql: postgres.Sql) => Promise<Result>): Promise<Result> {
  const sql = postgres({ ...connection, database: 'postgres', max: 1, connect_timeout: 5, onnotice: () => {} })
  try {
    return await ask(sql)
  } finally {
    await sql.end({ timeout: 1 })
  }
}
