import type { Transaction } from '../db/client.ts'
import { Refusal } from '../refusal.ts'
import { credentialsOf } from './container.ts'
import { type Database, findServing } from './find-live.ts'
import { findType } from './types/index.ts'

/** In the clear: what a person is shown, and what an app gets as a variable. */
export async function connectionUrl(tx: Pick<Transaction, 'select'>, database: Database): Promise<string> {
  const { host, port } = await findServing(tx, database.id)
  if (host === null || port === null) throw new Refusal('conflict', `${database.handle} has not been started yet.`)
  return findType(database.type).url({ host, port }, credentialsOf(database))
}
