import type postgres from 'postgres'

interface HeldStep {
  /** Whether it is about to begin. */
  reached: () => Promise<boolean>
  /** Whether somebody has asked to cancel meanwhile: that is settled once the step is let on, and before anything else. */
  cancelWaits: () => Promise<boolean>
  letOn: () => Promise<void>
}

const lock = 4711

/** So that a test may do something between two steps: the one of that name is not journaled, and so does not begin, until it is let on. */
export async function holdStep(sql: postgres.Sql, name: string): Promise<HeldStep> {
  const held = await sql.reserve()
  await held`select pg_advisory_lock(${lock})`
  await sql.unsafe(`create or replace function hold_step() returns trigger language plpgsql as $$ begin perform pg_advisory_xact_lock(${lock}); return new; end $$`)
  await sql.unsafe(`create trigger hold_step before insert on steps for each row when (new.name = '${name}') execute function hold_step()`)
  return {
    reached: async () => (await sql`select from pg_locks where locktype = 'advisory' and objid = ${lock} and not granted`).length > 0,
    cancelWaits: async () => (await sql`select from pg_stat_activity where wait_event_type = 'Lock' and query like '%set cancel_requested_at%'`).length > 0,
    letOn: async () => {
      await held`select pg_advisory_unlock(${lock})`
      held.release()
      await sql`drop trigger hold_step on steps`
    },
  }
}
