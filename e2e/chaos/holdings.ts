import { setTimeout as pause } from 'node:timers/promises'
import { and, asc, eq, isNull, sql as fragment } from 'drizzle-orm'
import postgres from 'postgres'
import { backups, databases } from '#drizzle/schema/database.ts'
import { operations } from '#drizzle/schema/operation.ts'
import { credentialsOf } from '#lib/database/container.ts'
import { findServing } from '#lib/database/find-live.ts'
import { audit, type Bank } from '#lib/database/test-bank.ts'
import { db } from '#lib/db/client.ts'

const answerSeconds = 60

export const listDatabases = () => db.select().from(databases).where(isNull(databases.deprovisionedAt)).orderBy(asc(databases.id))
export const listBackups = () => db.select().from(backups).where(isNull(backups.purgedAt)).orderBy(asc(backups.id))
const rowOf = async (id: number) => (await db.select().from(databases).where(eq(databases.id, id)))[0]!
export const nameOf = async (id: number) => (await rowOf(id)).handle

/** What has to be in the bank, and in whatever was brought back from it. */
export class Holdings {
  readonly bank: number
  readonly #writes: Bank
  /** Acknowledged before a backup of the bank was asked for, by its operation. */
  readonly #before = new Map<number, number[]>()

  constructor(bank: number, writes: Bank) {
    this.bank = bank
    this.#writes = writes
  }

  /** Called before a backup of the bank is asked for; what it gives, with the operation. */
  beforeBackup(): (operation: number) => void {
    const held = [...this.#writes.acknowledged]
    return (operation) => void this.#before.set(operation, held)
  }

  /** What is wrong with any of them. */
  async audit(): Promise<string[]> {
    const problems: string[] = []
    for (const { id, handle } of await listDatabases()) problems.push(...(await this.#wrongWith(id).catch((error: unknown) => [String(error)])).map((problem) => `${handle} (${id}): ${problem}`))
    return problems
  }

  async #wrongWith(id: number): Promise<string[]> {
    const held = await this.#heldBy(id)
    const { host, port } = await findServing(db, id)
    const own = postgres({ host: host!, port: port!, user: 'davit', password: credentialsOf(await rowOf(id)).own, database: 'app', max: 1, onnotice: () => {} })
    const limit = performance.now() + answerSeconds * 1000
    while (performance.now() < limit && !(await own`select 1`.then(() => true, () => false))) await pause(100)
    return audit(own, held).finally(() => own.end({ timeout: 1 }))
  }

  /** Of a copy: what its backup was to hold, or the copy of which that is one. */
  async #heldBy(id: number): Promise<Iterable<number>> {
    if (id === this.bank) return this.#writes.acknowledged
    const [from] = await db
      .select({ operationId: backups.operationId, databaseId: backups.databaseId })
      .from(operations)
      .innerJoin(backups, eq(backups.id, fragment`(${operations.input} ->> 'backup')::bigint`))
      .where(and(eq(operations.resourceId, id), eq(operations.type, 'restore')))
    return this.#before.get(from!.operationId) ?? this.#heldBy(from!.databaseId)
  }
}
