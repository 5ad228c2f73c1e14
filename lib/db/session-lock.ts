import { connect } from './client.ts'

/** The connection went away while the lock was held: somebody else may have it now. */
export class LockLost extends Error {
  constructor(number: number) {
    super(`lock ${number} was lost with its connection`)
    this.name = 'LockLost'
  }
}

export interface SessionLock {
  /**
   * Runs alone among all who use that number; null when another does. `held` rejects with LockLost once it is
   * not so any more, and is to be awaited right before each change.
   */
  alone<Result>(run: (held: () => Promise<void>) => Promise<Result>): Promise<Result | null>
  end(): Promise<void>
}

/** A process that was stopped keeps the lock no longer than this; one that died loses it at once. */
const silenceSeconds = 30
const beatMs = 5000

/**
 * A lock of the whole database that is no transaction's: what waits for others while it is held keeps no
 * snapshot and no rows. It lives and dies with a connection of its own.
 */
export function openSessionLock(number: number): SessionLock {
  const own = connect({
    max: 1,
    max_lifetime: null,
    connection: { application_name: 'davit', idle_session_timeout: silenceSeconds * 1000 },
  })
  let running = false

  async function held(): Promise<void> {
    const [row] = await own<{ mine: boolean }[]>`
      select exists (
        select from pg_locks where locktype = 'advisory' and pid = pg_backend_pid() and classid = 0 and objid = ${number} and granted
      ) as mine`
    if (!row?.mine) throw new LockLost(number)
  }

  return {
    async alone(run) {
      // Postgres would grant it a second time to the connection that has it.
      if (running) return null
      running = true
      const beat = setInterval(() => own`select 1`.catch(() => {}), beatMs)
      try {
        const [row] = await own<{ mine: boolean }[]>`select pg_try_advisory_lock(${number}) as mine`
        if (!row?.mine) return null
        try {
          return await run(held)
        } finally {
          // On another connection it is not ours to free, and Postgres only warns.
          await own`select pg_advisory_unlock(${number})`.catch(() => {})
        }
      } finally {
        clearInterval(beat)
        running = false
      }
    },
    end: () => own.end(),
  }
}
