import type { ImageSource, Programs } from '../../drivers/driver.ts'
import type { OddUser } from '../../drivers/volumes.ts'
import { Refusal } from '../../refusal.ts'

/**
 * What Davit knows of one kind of database. A new one is a file here and its line in index.ts; how it is provisioned,
 * restarted, moved, backed up and restored is the same for all.
 */
export interface DatabaseType {
  /** Recorded with each database: `postgresql`. */
  name: string
  /** On screen: `PostgreSQL`. */
  title: string
  /** Offered, newest first. What an existing database has is started also when it is offered no longer. */
  versions: readonly string[]
  /** Megabytes, for the form and its refusals. */
  memoryMb: { least: number; usual: number }
  volumeMb: { least: number; usual: number }
  /** Where the image of a version comes from, in order, where an engine fetches it; its versions are the tags. */
  sources(version: string): ImageSource[]
  /** The same, where containers are processes of this machine. */
  programs: Pick<Programs, 'versions' | 'put'>
  /** It does not start as one of these. */
  refuses: readonly OddUser[]
  makeCredentials(): Credentials
  /** What apps usually expect the following in. */
  variable: string
  /** What an app or a person connects with. */
  url(at: Address, credentials: Credentials): string
  /** Fills an empty volume; run once in a throw-away container, and again after one that did not end well. */
  initialise(credentials: Credentials): Command
  /** Serves what lies on its volume, at HOST and PORT. */
  serve(memoryMb: number): Command
  /** What on its volume says who may come in, read when it starts and at `admit`; while it is `closed`, only Davit may. */
  admission(credentials: Credentials): { path: string; closed: string; open: string }
  /** Shuts down cleanly, without waiting for clients. */
  stop: { signal: 'SIGINT' | 'SIGTERM' | 'SIGQUIT'; graceSeconds: number }
  /** A connection of Davit's own, on a slot that clients cannot take. */
  connect(at: Address, credentials: Credentials, signal: AbortSignal): Promise<Connection>
}

export interface Address {
  host: string
  port: number
}

/** What is sealed with a database: Davit's own password, and that of the account that is given out. */
export interface Credentials {
  own: string
  given: string
}

export interface Command {
  command: string
  variables: Record<string, string>
}

export interface Connection {
  /** One trivial question, answered by the server itself. */
  probe(): Promise<void>
  status(): Promise<DatabaseStatus>
  /** Reads anew who may come in. */
  admit(): Promise<void>
  /** Writes what is dirty, so that what follows has less to do: before a copy, and before a stop. */
  settle(): Promise<void>
  /**
   * Has the files copied so that what was committed before is whole in the copy, however much is written meanwhile.
   * The server goes on serving. @throws SessionLost
   */
  backUp(copy: CopyForBackup): Promise<void>
  close(): Promise<void>
}

/** What was copied for a backup is none without the session that it began on; another may be begun. */
export class SessionLost extends Refusal {
  constructor() {
    super('unavailable', 'The database was restarted during the backup, or ended its session with Davit.')
  }
}

export interface DatabaseStatus {
  connections: number
  connectionsMost: number
  /** The server's own version: `18.4`. */
  version: string
  usedBytes: number
}

/** Paths are relative to the volume. */
export interface CopyForBackup {
  /** Everything but these paths. */
  all(except: string[]): Promise<void>
  only(paths: string[]): Promise<void>
  write(path: string, text: string): Promise<void>
  /** How far it is, for the page. */
  progress(text: string): void
}
