import { and, asc, inArray, isNull, sql } from 'drizzle-orm'
import { roles, roleScopes, userRoles } from '#drizzle/schema/access.ts'
import { environments } from '#drizzle/schema/stack.ts'
import type { Actor } from '../auth/actor.ts'
import { allow, may, visibleEnvironments } from '../auth/allow.ts'
import { db } from '../db/client.ts'
import { Refusal } from '../refusal.ts'

/** Environments whose roles the actor may change. */
export function administered(actor: Actor): 'all' | number[] {
  const visible = visibleEnvironments(actor)
  return visible === 'all' ? 'all' : visible.filter((id) => may(actor, 'admin', id))
}

/**
 * Roles with their scopes in the environments that the actor may change them in; deprovisioned ones are left out: only owners
 * see them. A role that holds nothing in those concerns other environments: for whoever is no owner it does not exist.
 */
export async function readRoles(actor: Actor) {
  allow(actor, 'read', null)
  const mine = administered(actor)
  if (mine !== 'all' && mine.length === 0) throw new Refusal('forbidden', 'This needs admin on an environment, which none of your roles gives you. An owner can.')
  const members = sql<number>`(select count(*)::int from ${userRoles} ur where ur.role_id = roles.id)`
  const [all, places, held] = await Promise.all([
    db.select({ id: roles.id, name: roles.name, members }).from(roles).orderBy(asc(sql`lower(${roles.name})`)),
    db
      .select({ id: environments.id, handle: environments.handle })
      .from(environments)
      .where(and(isNull(environments.deprovisionedAt), mine === 'all' ? undefined : inArray(environments.id, mine)))
      .orderBy(asc(environments.handle)),
    db.select().from(roleScopes).where(mine === 'all' ? undefined : inArray(roleScopes.environmentId, mine)),
  ])
  const scopesOf = (role: number, environment: number) => held.filter((row) => row.roleId === role && row.environmentId === environment).map(({ scope }) => scope)
  const shown = mine === 'all' ? all : all.filter(({ id }) => held.some(({ roleId }) => roleId === id))
  return {
    environments: places,
    /** Whether there may be others, which an owner sees. */
    partly: mine !== 'all',
    roles: shown.map((role) => ({
      ...role,
      // How many people have a role is nobody's business who may not see them.
      members: actor.owner ? role.members : null,
      held: places.map(({ id }) => ({ environment: id, scopes: scopesOf(role.id, id) })),
    })),
  }
}

export type RoleMatrix = Awaited<ReturnType<typeof readRoles>>

/** To choose from when a member is invited or changed. */
export async function listRoles(actor: Actor) {
  allow(actor, 'owner', null)
  return await db.select({ id: roles.id, name: roles.name }).from(roles).orderBy(asc(sql`lower(${roles.name})`))
}
