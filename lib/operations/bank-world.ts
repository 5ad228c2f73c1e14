import { chmod } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { desc, eq } from 'drizzle-orm'
import postgres from 'postgres'
import { expect } from 'vitest'
import { backups, databases } from '#drizzle/schema/database.ts'
import { stacks } from '#drizzle/schema/stack.ts'
import { config } from '../config.ts'
import { createSweep } from '../container/sweep.ts'
import { credentialsOf } from '../database/container.ts'
import { findServing } from '../database/find-live.ts'
import { revealUrl } from '../database/reveal-url.ts'
import { audit, Bank } from '../database/test-bank.ts'
import { db } from '../db/client.ts'
import type { Driver, StepIo } from '../drivers/driver.ts'
import { openDriver } from '../drivers/index.ts'
import type { Definition } from '../runner/define.ts'
import { ended, logOf, startTestRunner, tester } from '../runner/rehearsal.ts'
import type { RunnerOptions } from '../runner/runner.ts'
import { start } from '../runner/start.ts'
import { backUpDatabase } from './back-up-database.ts'
import { definitions } from './index.ts'
import { provisionDatabase } from './provision-database.ts'
import { provisionEnvironment } from './provision-environment.ts'
import { provisionStack } from './provision-stack.ts'
import { resourceOf } from './world.ts'

/** Each of 16 MB is kept until the backup is over, and the volume has room for twice as many. */
const SEGMENTS_MAX = 12

const openStack = async (id: number) => openDriver((await db.select().from(stacks).where(eq(stacks.id, id)))[0]!)

/** What happens before each copy of a volume. */
interface Copies {
  begin(): Promise<void>
}

function withBeginning(driver: Driver, copies: Copies): Driver {
  const volumes = driver.volumes!
  return { ...driver, volumes: { ...volumes, copy: (request, io) => copies.begin().then(() => volumes.copy(request, io)) } }
}

/** A bank in a real database on a real driver, which is written to all the while. */
export class BankWorld {
  readonly stack: number
  readonly database: number
  readonly bank: Bank
  readonly copies: Copies
  readonly #opened: AsyncDisposableStack

  private constructor(parts: Pick<BankWorld, 'stack' | 'database' | 'bank' | 'copies'>, opened: AsyncDisposableStack) {
    this.stack = parts.stack
    this.database = parts.database
    this.bank = parts.bank
    this.copies = parts.copies
    this.#opened = opened
  }

  /** `settled`: what is to be done once there is a stack. */
  static async open(stackInput: object, { at, settled }: { at?: RunnerOptions['at']; settled?: (stack: number) => Promise<void> } = {}): Promise<BankWorld> {
    // Databases have uids of their own, which have to pass through.
    await chmod(config.dataPath, 0o711)
    await using opened = new AsyncDisposableStack()
    opened.defer(leaveNothing)
    const copies: Copies = { begin: async () => {} }
    opened.adopt(await startTestRunner({ definitions, openDriver: (id) => openStack(id).then((driver) => withBeginning(driver, copies)), at }), (runner) => runner.drain(1000))
    const stack = await resourceOf((await carryOut(provisionStack, stackInput)).id)
    await settled?.(stack)
    const environment = await resourceOf((await carryOut(provisionEnvironment, { stack, handle: 'staging' })).id)
    const wanted = { environment, handle: 'bank', type: 'postgresql', version: '18', memoryMb: 64, volumeMb: 512 }
    const database = await resourceOf((await carryOut(provisionDatabase, wanted)).id)
    const bank = opened.adopt(new Bank(await revealUrl(tester, database)), (made) => made.end())
    await bank.found()
    bank.open(1)
    return new BankWorld({ stack, database, bank, copies }, opened.move())
  }

  driver() {
    return openStack(this.stack)
  }

  /** A backup while checkpoints are forced; gives what had been acknowledged before it began. */
  async backUp(input: object = {}): Promise<number[]> {
    const own = await ownOf(this.database)
    let over = false
    const checkpoints = (async () => {
      for (let segments = 0; !over && segments < SEGMENTS_MAX; segments++) await own.unsafe('checkpoint').then(() => own`select pg_switch_wal()`).then(() => this.bank.more(100))
    })()
    const before = [...this.bank.acknowledged]
    await carryOut(backUpDatabase, { database: this.database, ...input }).finally(async () => {
      over = true
      await checkpoints
      await own.end()
    })
    return before
  }

  /** While a sweep goes on beside it. */
  async swept<T>(work: () => Promise<T>): Promise<T> {
    const sweep = createSweep(() => {}, { everyMs: 100 })
    let over = false
    const sweeping = (async () => {
      while (!over) await sweep(async () => {}).then(() => pause(100))
    })()
    return work().finally(async () => {
      over = true
      await sweeping
      await sweep.end()
    })
  }

  close(): Promise<void> {
    return this.#opened.disposeAsync()
  }
}

async function leaveNothing(): Promise<void> {
  const io = { signal: AbortSignal.timeout(60_000), line: async () => {}, loggedUpTo: async () => 0, guard: async () => {}, progress: () => {} } satisfies StepIo
  for (const stack of await db.select().from(stacks)) {
    const driver = await openDriver(stack)
    for (const { name } of await driver.list()) await driver.remove({ name })
    for (const { name } of await driver.volumes!.list()) await driver.volumes!.remove({ name }, io)
  }
}

export async function carryOut(definition: Definition, input: object) {
  const { id } = await start(definition as never, input as never, tester)
  const row = await ended(id)
  expect(row.status, `${row.title}: ${row.error}\n${row.status === 'succeeded' ? '' : (await logOf(id)).join('\n')}`).toBe('succeeded')
  return row
}

export const rowOf = async (id: number) => (await db.select().from(databases).where(eq(databases.id, id)))[0]!
export const lastBackup = async () => (await db.select().from(backups).orderBy(desc(backups.id)).limit(1))[0]!

/** As Davit's own account, where the bank is. */
export async function ownOf(id: number): Promise<postgres.Sql> {
  const { host, port } = await findServing(db, id)
  return postgres({ host: host!, port: port!, user: 'davit', password: credentialsOf(await rowOf(id)).own, database: 'app', max: 1, onnotice: () => {} })
}

export async function wrongWith(id: number, acknowledged: Iterable<number>): Promise<string[]> {
  const own = await ownOf(id)
  return audit(own, acknowledged).finally(() => own.end({ timeout: 1 }))
}
