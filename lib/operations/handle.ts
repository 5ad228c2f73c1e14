import { and, eq, getTableName, isNull, ne } from 'drizzle-orm'
import { apps } from '#drizzle/schema/app.ts'
import { databases } from '#drizzle/schema/database.ts'
import { resources } from '#drizzle/schema/resource.ts'
import { environments, stacks } from '#drizzle/schema/stack.ts'
import type { Transaction } from '../db/client.ts'
import { giveUp, type Name, refuseGivenUp } from '../handle/given-up.ts'
import { Refusal } from '../refusal.ts'
import type { Hands } from '../runner/define.ts'

/** Where a handle is the only one of its kind: an app's or a database's in its environment. */
type Scope = { table: typeof stacks | typeof environments } | { table: typeof apps | typeof databases; environment: number }

function nameIn(scope: Scope, handle: string): Name {
  if ('environment' in scope) return `${getTableName(scope.table) === 'apps' ? 'app' : 'database'} ${scope.environment} ${handle}`
  return getTableName(scope.table) === 'stacks' ? `stack ${handle}` : `environment ${handle}`
}

/** Tells at once what the unique index, or `refuseGivenUp`, would tell when the step runs. */
export async function refuseTaken(tx: Transaction, scope: Scope, handle: string, except = 0): Promise<void> {
  const { table } = scope
  const within = 'environment' in scope ? eq(scope.table.environmentId, scope.environment) : undefined
  const [taken] = await tx
    .select({ id: table.id })
    .from(table)
    .where(and(eq(table.handle, handle), isNull(table.deprovisionedAt), ne(table.id, except), within))
  if (taken) throw new Refusal('conflict', `There is one called ${handle} already.`, { handle: 'taken' })
  await refuseKept(tx, scope, handle, except)
}

/** Another operation has given the handle up and may have to put it back. Asked after the row that takes it was written. */
export async function refuseKept(tx: Transaction, scope: Scope, handle: string, except: number): Promise<void> {
  await refuseGivenUp(tx, nameIn(scope, handle), 'handle', except)
}

/** In the transaction that gives the handle up: nobody else takes it until a rollback can no longer put it back. */
export async function keepHandle(tx: Transaction, { operation }: Pick<Hands, 'operation'>, scope: Scope, handle: string): Promise<void> {
  await giveUp(tx, operation, [nameIn(scope, handle)])
}

type Row<Table extends Scope['table']> = Partial<Table['$inferInsert']> & { handle: string }

/** Changes what the operation is on, and what it is called: what is recorded from now on bears the new handle; the former is kept for the rollback. */
export async function change<Of extends Scope>(tx: Transaction, hands: Hands, scope: Of, former: Row<Of['table']>, row: Row<Of['table']>): Promise<void> {
  await write(tx, hands, scope.table, row).catch(sayTaken(row.handle))
  if (former.handle === row.handle) return
  await refuseKept(tx, scope, row.handle, hands.operation.resourceId)
  await keepHandle(tx, hands, scope, former.handle)
}

/** As it was before a change. */
export async function changeBack<Table extends Scope['table']>(tx: Transaction, hands: Hands, table: Table, former: Row<Table>): Promise<void> {
  await write(tx, hands, table, former)
}

async function write(tx: Transaction, { operation: { resourceId } }: Hands, table: Scope['table'], row: { handle: string }): Promise<void> {
  await tx.update(table).set(row).where(eq(table.id, resourceId))
  await renameResource(tx, resourceId, row.handle)
}

/** A destructive form asks for the handle. */
export function refuseUnconfirmed(confirm: string, handle: string): void {
  if (confirm.trim() !== handle) throw new Refusal('invalid', `Type ${handle} to confirm.`, { confirm: `type ${handle}` })
}

/** Renames the resource with the thing itself: what is recorded from now on bears the new handle. */
export async function renameResource(tx: Transaction, resourceId: number, handle: string): Promise<void> {
  await tx.update(resources).set({ handle }).where(eq(resources.id, resourceId))
}

/** Two who ask at the same moment both pass the check; the unique index decides, and this says so in words. */
export function sayTaken(handle: string): (error: unknown) => never {
  return (error) => {
    const { cause = error } = error as { cause?: unknown }
    if ((cause as { code?: unknown }).code !== '23505') throw error
    throw new Refusal('conflict', `There is one called ${handle} already.`, { handle: 'taken' })
  }
}
