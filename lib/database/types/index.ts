import { Refusal } from '../../refusal.ts'
import { postgresql } from './postgresql.ts'
import type { DatabaseType } from './type.ts'

/** A kind of database is one file, and one entry here. */
const types = new Map<string, DatabaseType>([postgresql].map((type) => [type.name, type]))

/** What a form offers. */
export const databaseTypes = (): DatabaseType[] => [...types.values()]

/** @throws Refusal `invalid`, naming those there are. */
export function findType(name: string): DatabaseType {
  const type = types.get(name)
  if (type) return type
  throw new Refusal('invalid', `There is no database type "${name}"; there are ${[...types.keys()].join(', ')}.`, { type: 'unknown' })
}

/** For tests: offers a type until the returned function withdraws it. */
export function offerType(type: DatabaseType): () => void {
  if (types.has(type.name)) throw new Error(`there is a database type "${type.name}" already`)
  types.set(type.name, type)
  return () => void types.delete(type.name)
}
