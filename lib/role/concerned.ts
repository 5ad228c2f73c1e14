import { and, asc, eq, isNull } from 'drizzle-orm'
import { roleScopes, userRoles, users } from '#drizzle/schema/access.ts'
import { environments } from '#drizzle/schema/stack.ts'
import type { Transaction } from '../db/client.ts'
import { scopesInWords } from './schema.ts'

const namedMax = 5

/** Where a role holds something, and what, in words: what happens to it belongs to the activity there. */
export async function concernedBy(tx: Transaction, role: number): Promise<{ environmentId: number; held: string }[]> {
  const rows = await tx
    .select({ environmentId: roleScopes.environmentId, scope: roleScopes.scope })
    .from(roleScopes)
    .innerJoin(environments, eq(environments.id, roleScopes.environmentId))
    .where(and(eq(roleScopes.roleId, role), isNull(environments.deprovisionedAt)))
    .orderBy(asc(roleScopes.environmentId))
  return [...Map.groupBy(rows, ({ environmentId }) => environmentId)].map(([environmentId, held]) => ({ environmentId, held: scopesInWords(held.map(({ scope }) => scope)) }))
}

/** Whose access changes with the role, to stand behind what changes; nothing where nobody has it. */
export async function whoHas(tx: Transaction, role: number): Promise<string> {
  const rows = await tx
    .select({ name: users.name })
    .from(userRoles)
    .innerJoin(users, eq(users.id, userRoles.userId))
    .where(and(eq(userRoles.roleId, role), isNull(users.deactivatedAt)))
    .orderBy(asc(users.name), asc(users.id))
  const named = rows.slice(0, namedMax).map(({ name }) => name).join(', ')
  if (rows.length === 0) return ''
  return rows.length > namedMax ? `, for ${named} and ${rows.length - namedMax} more` : `, for ${named}`
}
