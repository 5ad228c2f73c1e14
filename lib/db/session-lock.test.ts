import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { sql } from './client.ts'
import { LockLost, openSessionLock, type SessionLock } from './session-lock.ts'

const opened: SessionLock[] = []
function open(number: number): SessionLock {
  const lock = openSessionLock(number)
  opened.push(lock)
  return lock
}
afterEach(async () => {
  for (const lock of opened.splice(0)) await lock.end()
})

const backendsHolding = (number: number) => sql<{ pid: number }[]>`select pid from pg_locks where locktype = 'advisory' and objid = ${number} and granted`

/** Holds the lock until told to leave. */
async function hold(lock: SessionLock) {
  const inside = Promise.withResolvers<() => Promise<void>>()
  const leave = Promise.withResolvers<void>()
  const done = lock.alone(async (held) => {
    inside.resolve(held)
    await leave.promise
    return 'done'
  })
  return { held: await inside.promise, leave: leave.resolve, done }
}

describe('a session lock', () => {
  test('lets one in at a time, on whatever connection, and the next when that one has left', async () => {
    const [one, other] = [open(41), open(41)]
    const first = await hold(one)
    await first.held()
    expect(await other.alone(async () => 'in')).toBeNull()
    expect(await one.alone(async () => 'in')).toBeNull()
    expect(await open(42).alone(async () => 'in')).toBe('in')
    first.leave()
    expect(await first.done).toBe('done')
    expect(await other.alone(async () => 'in')).toBe('in')
  })

  test('is free again after an error', async () => {
    const lock = open(43)
    await expect(lock.alone(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(await open(43).alone(async () => 'in')).toBe('in')
  })

  test('keeps no transaction open while it is held', async () => {
    const first = await hold(open(44))
    const [row] = await sql`select count(*)::int as open from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and xact_start is not null`
    expect(row).toEqual({ open: 0 })
    first.leave()
    await first.done
  })

  test('says so when its connection was lost, and takes nothing from whoever has it then', async () => {
    const first = await hold(open(45))
    await sql`select pg_terminate_backend(${(await backendsHolding(45))[0]!.pid})`
    await vi.waitUntil(async () => (await backendsHolding(45)).length === 0, { timeout: 30_000 })
    const next = await hold(open(45))
    await vi.waitUntil(async () => await first.held().then(() => false, (error: unknown) => error instanceof LockLost), { timeout: 30_000 })
    first.leave()
    await first.done
    await next.held()
    next.leave()
    await next.done
  })

  test('is free when the process that held it was killed', async () => {
    const program = `
      import { openSessionLock } from ${JSON.stringify(join(import.meta.dirname, 'session-lock.ts'))}
      await openSessionLock(46).alone(() => { console.log('in'); return new Promise(() => setInterval(() => {}, 1000)) })`
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(child.stdout, 'data')
    expect(await open(46).alone(async () => 'in')).toBeNull()
    child.kill('SIGKILL')
    await once(child, 'exit')
    await vi.waitUntil(async () => (await open(46).alone(async () => 'in')) === 'in', { timeout: 30_000 })
  })
})
