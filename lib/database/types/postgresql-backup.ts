import postgres from 'postgres'
import { type CopyForBackup, SessionLost } from './type.ts'

/** What is of the running server only, besides folders that it fills anew. */
const ofTheServer = ['data/postmaster.pid', 'data/postmaster.opts', 'data/base/pgsql_tmp']

/** What a server answers when it ends a session: told to shut down, or come up from a crash. */
const ending = ['57P01', '57P02', '57P03']

/**
 * A base backup by the low-level functions, all on one session: when that is lost, the server ends the backup and
 * this one fails: `lost` rejects then. A temporary slot keeps the WAL from before the beginning on.
 * See https://www.postgresql.org/docs/18/continuous-archiving.html#BACKUP-LOWLEVEL-BASE-BACKUP
 */
export async function backUp(sql: postgres.Sql, lost: Promise<never>, copy: CopyForBackup, emptied: string[]): Promise<void> {
  const ask = askOn(lost)
  const [{ pid } = { pid: 0 }] = await ask(sql<{ pid: number }[]>`select pg_backend_pid() as pid`)
  const slot = `davit_${pid}`
  const drop = () => ask(sql`select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = ${slot} and active_pid = pg_backend_pid()`)
  await ask(sql`select pg_create_physical_replication_slot(${slot}, true, true)`)
  try {
    copy.progress('waiting for the checkpoint a backup begins with')
    await ask(sql`select pg_backup_start('davit', fast => true)`)
    copy.progress('copying the files')
    await copy.all([...ofTheServer, ...emptied])
    const { label, tablespaces, last } = await ask(stop(sql))
    const segments = await segmentsBetween(sql, ask, firstSegment(label), last)
    copy.progress(`copying ${segments.length} segments of WAL`)
    await copy.only(segments.map((name) => `data/pg_wal/${name}`))
    if (tablespaces) await copy.write('data/tablespace_map', tablespaces)
    await copy.write('data/backup_label', label)
  } catch (error) {
    // Closed, the session takes slot and backup with it; one that goes on must not keep WAL for ever.
    await drop().catch(() => {})
    throw error
  }
  // Had the session ended before, segments might have gone before they were copied.
  await drop()
}

type Ask = <Answer>(question: Promise<Answer>) => Promise<Answer>

/** A question that meets the end of its session may stay without an answer, or get one of many. */
function askOn(lost: Promise<never>): Ask {
  return async (question) => {
    try {
      return await Promise.race([question, lost])
    } catch (error) {
      throw error instanceof postgres.PostgresError && !ending.includes(error.code) ? error : new SessionLost()
    }
  }
}

async function stop(sql: postgres.Sql) {
  const [row] = await sql<{ label: string; tablespaces: string; last: string }[]>`
    select labelfile as label, spcmapfile as tablespaces, pg_walfile_name(lsn) as last from pg_backup_stop(wait_for_archive => false)`
  return row!
}

function firstSegment(label: string): string {
  const [, name] = /^START WAL LOCATION: \S+ \(file ([0-9A-F]{24})\)$/m.exec(label) ?? []
  if (!name) throw new Error('the backup label names no segment to begin with')
  return name
}

/** Every one of them is there, or the backup is none. */
async function segmentsBetween(sql: postgres.Sql, ask: Ask, first: string, last: string): Promise<string[]> {
  const [{ bytes } = { bytes: '0' }] = await ask(sql<{ bytes: string }[]>`select setting as bytes from pg_settings where name = 'wal_segment_size'`)
  const perLog = 2 ** 32 / Number(bytes)
  const numberOf = (name: string) => Number.parseInt(name.slice(8, 16), 16) * perLog + Number.parseInt(name.slice(16), 16)
  const hex = (value: number) => value.toString(16).toUpperCase().padStart(8, '0')
  const nameOf = (number: number) => first.slice(0, 8) + hex(Math.floor(number / perLog)) + hex(number % perLog)
  const names = Array.from({ length: numberOf(last) - numberOf(first) + 1 }, (_, index) => nameOf(numberOf(first) + index))
  const there = new Set((await ask(sql<{ name: string }[]>`select name from pg_ls_waldir()`)).map(({ name }) => name))
  const missing = names.filter((name) => !there.has(name))
  if (names.length === 0 || missing.length > 0) throw new Error(`the server no longer has ${missing.join(', ') || 'the WAL'} of this backup`)
  return names
}
