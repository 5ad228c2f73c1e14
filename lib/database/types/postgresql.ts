import { randomBytes } from 'node:crypto'
import { cp } from 'node:fs/promises'
import postgres from 'postgres'
import { findPostgresPackage, linkLibraries, lookUpPostgresPackage } from '../../postgres-package.ts'
import { backUp } from './postgresql-backup.ts'
import { type Address, type Connection, type Credentials, type DatabaseType, SessionLost } from './type.ts'

/** Of the account that is given out, and of the database it owns. */
const GIVEN = 'app'
const OWN = 'davit'
const CONNECT_SECONDS = 5
const OPEN = 'host all all all scram-sha-256\n'

/** Programs of an image lie on its own path or, where the driver brings them along, in its `bin`. */
const inImage = 'PATH="$PWD/bin:$PATH"; umask 077'
/** They must be there and come empty out of a backup. */
const emptied = ['pg_wal', 'pg_replslot', 'pg_dynshmem', 'pg_notify', 'pg_serial', 'pg_snapshots', 'pg_stat_tmp', 'pg_subtrans']

export const postgresql: DatabaseType = {
  name: 'postgresql',
  title: 'PostgreSQL',
  versions: ['18'],
  memoryMb: { least: 64, usual: 256 },
  volumeMb: { least: 256, usual: 2048 },
  sources: () => [{ url: 'docker.io/library/postgres', credential: null }],
  programs: { versions, put },
  refuses: ['root', 'a user without a name'],
  makeCredentials: () => ({ own: password(), given: password() }),
  variable: 'DATABASE_URL',
  url: ({ host, port }, { given }) => `postgresql://${GIVEN}:${given}@${host}:${port}/${GIVEN}`,
  initialise: ({ own, given }) => ({ command: initialise, variables: { OWN_PASSWORD: own, GIVEN_PASSWORD: given } }),
  serve: (memoryMb) => ({ command: serve(memoryMb), variables: {} }),
  admission: () => ({ path: 'data/pg_hba.conf', closed: `host all ${OWN} all scram-sha-256\n`, open: OPEN }),
  // Fast: it ends what clients do, and writes what is dirty.
  stop: { signal: 'SIGINT', graceSeconds: 60 },
  connect,
}

/** Those that Davit's own db comes with. */
async function versions(): Promise<string[]> {
  const found = await lookUpPostgresPackage()
  return found ? [found.version] : []
}

async function put(_version: string, folder: string): Promise<void> {
  const { native } = await findPostgresPackage()
  await linkLibraries(native)
  await cp(native, folder, { recursive: true, verbatimSymlinks: true })
}

/** Free of whatever a URL or a shell would take for something else. */
function password(): string {
  return randomBytes(24).toString('hex')
}

/** It appears under its name when it is whole. No password is an argument, or lies in a file. */
const initialise = [
  'set -e',
  inImage,
  '[ ! -d "$VOLUME/data" ] || exit 0',
  'rm -rf "$VOLUME/making"',
  `printf '%s\\n' "$OWN_PASSWORD" | initdb -D "$VOLUME/making" -U ${OWN} --pwfile=/dev/stdin --auth=scram-sha-256 --data-checksums --encoding=UTF8 --locale=C --locale-provider=builtin --builtin-locale=C.UTF-8`,
  `echo '${OPEN.trim()}' > "$VOLUME/making/pg_hba.conf"`,
  // It is given with the memory: were another written there, each reload would complain that it cannot be changed.
  'grep -v "^shared_buffers" "$VOLUME/making/postgresql.conf" > "$VOLUME/making/postgresql.conf.new"',
  'mv "$VOLUME/making/postgresql.conf.new" "$VOLUME/making/postgresql.conf"',
  `printf "create role ${GIVEN} login password '%s'\\ncreate database ${GIVEN} owner ${GIVEN}\\n" "$GIVEN_PASSWORD" | postgres --single -D "$VOLUME/making" -c exit_on_error=on -c log_min_error_statement=panic postgres`,
  'sync "$VOLUME/making"',
  'mv "$VOLUME/making" "$VOLUME/data"',
].join('\n')

function serve(memoryMb: number): string {
  const settings = {
    shared_buffers: `${Math.max(16, Math.floor(memoryMb / 4))}MB`,
    effective_cache_size: `${Math.max(32, Math.floor((memoryMb * 3) / 4))}MB`,
    maintenance_work_mem: `${Math.min(1024, Math.max(4, Math.floor(memoryMb / 16)))}MB`,
    work_mem: `${Math.max(1, Math.floor(memoryMb / 128))}MB`,
    max_wal_size: `${Math.min(4096, Math.max(128, memoryMb))}MB`,
    max_connections: 100,
    superuser_reserved_connections: 5,
    unix_socket_directories: "''",
    // A connection whose client is gone gives its slot back.
    tcp_keepalives_idle: 60,
  }
  const given = Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`).join(' ')
  const folders = emptied.map((folder) => `"$VOLUME/data/${folder}"`).join(' ')
  return `${inImage}; mkdir -p ${folders}; exec postgres -D "$VOLUME/data" -c listen_addresses="$HOST" -c port="$PORT" ${given}`
}

async function connect({ host, port }: Address, { own }: Credentials, signal: AbortSignal): Promise<Connection> {
  signal.throwIfAborted()
  const lost = Promise.withResolvers<never>()
  lost.promise.catch(() => {})
  const sql = postgres({
    host, port, user: OWN, password: own, database: 'postgres', max: 1, ssl: false, connect_timeout: CONNECT_SECONDS,
    max_lifetime: null, fetch_types: false, prepare: false, onnotice: () => {}, connection: { application_name: 'davit' },
    onclose: () => lost.reject(new SessionLost()),
  })
  const close = async () => {
    signal.removeEventListener('abort', close)
    await sql.end({ timeout: 0 })
  }
  signal.addEventListener('abort', close)
  const ask = async () => void (await sql`select 1`)
  await ask().catch(async (error: unknown) => {
    await close()
    throw signal.aborted ? signal.reason : error
  })
  return {
    probe: ask,
    async status() {
      const [row] = await sql<{ connections: number; most: number; version: string; used: string }[]>`
        select (select count(*)::int from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()) as connections,
          current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int as most,
          split_part(current_setting('server_version'), ' ', 1) as version,
          (select coalesce(sum(pg_database_size(oid)), 0) from pg_database) + (select coalesce(sum(size), 0) from pg_ls_waldir()) as used`
      return { connections: row!.connections, connectionsMost: row!.most, version: row!.version, usedBytes: Number(row!.used) }
    },
    admit: async () => void (await sql`select pg_reload_conf()`),
    settle: async () => void (await sql`checkpoint`),
    backUp: (copy) => backUp(sql, lost.promise, copy, emptied.map((folder) => `data/${folder}`)),
    close,
  }
}
