import { sql } from 'drizzle-orm'
import { boolean, check, index, jsonb, pgTable, primaryKey, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { id, instant, ref } from './columns.ts'
import { environments } from './stack.ts'

export const users = pgTable('users', {
  id: id(),
  email: text('email').notNull().unique(),
  name: text('name').notNull(),
  passwordHash: text('password_hash').notNull(),
  owner: boolean('owner').notNull().default(false),
  createdAt: instant('created_at').notNull().defaultNow(),
  /** May not sign in; what they did keeps their name. */
  deactivatedAt: instant('deactivated_at'),
})

/** What people were called before: what they did then goes on showing it. Written by a trigger. */
export const formerNames = pgTable(
  'former_names',
  { userId: ref('user_id').notNull().references(() => users.id), name: text('name').notNull(), email: text('email').notNull() },
  (t) => [primaryKey({ columns: [t.userId, t.name, t.email] })],
)

export const sessions = pgTable(
  'sessions',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    userId: ref('user_id').notNull().references(() => users.id),
    createdAt: instant('created_at').notNull().defaultNow(),
    expiresAt: instant('expires_at').notNull(),
    endedAt: instant('ended_at'),
    userAgent: text('user_agent').notNull().default(''),
    /** To the minute. */
    lastSeenAt: instant('last_seen_at').notNull().defaultNow(),
  },
  (t) => [index('sessions_user').on(t.userId).where(sql`ended_at is null`)],
)

export const roles = pgTable(
  'roles',
  { id: id(), name: text('name').notNull(), createdAt: instant('created_at').notNull().defaultNow() },
  (t) => [uniqueIndex('roles_one_name').on(sql`lower(${t.name})`)],
)

export const roleScopes = pgTable(
  'role_scopes',
  {
    roleId: ref('role_id').notNull().references(() => roles.id, { onDelete: 'cascade' }),
    environmentId: ref('environment_id').notNull().references(() => environments.id),
    scope: text('scope', { enum: ['read', 'deploy', 'operate', 'sensitive', 'destroy', 'admin'] }).notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.roleId, t.environmentId, t.scope] }),
    index('role_scopes_environment').on(t.environmentId),
    check('role_scopes_scope', sql`scope in ('read', 'deploy', 'operate', 'sensitive', 'destroy', 'admin')`),
  ],
)

export const userRoles = pgTable(
  'user_roles',
  {
    userId: ref('user_id').notNull().references(() => users.id),
    roleId: ref('role_id').notNull().references(() => roles.id, { onDelete: 'cascade' }),
  },
  (t) => [primaryKey({ columns: [t.userId, t.roleId] }), index('user_roles_role').on(t.roleId)],
)

/** A link that lets somebody in once: as a new member, or with a new password. */
export const invitations = pgTable(
  'invitations',
  {
    id: id(),
    kind: text('kind', { enum: ['invite', 'reset'] }).notNull(),
    /** SHA-256 of the token; the token itself is only in the link. */
    tokenHash: text('token_hash').notNull().unique(),
    email: text('email').notNull(),
    /** Of a reset; of an invitation, once it was accepted. */
    userId: ref('user_id').references(() => users.id),
    /** What an invited member begins with. */
    owner: boolean('owner').notNull().default(false),
    roleIds: jsonb('role_ids').$type<number[]>().notNull().default([]),
    createdBy: ref('created_by').references(() => users.id),
    createdAt: instant('created_at').notNull().defaultNow(),
    expiresAt: instant('expires_at').notNull(),
    usedAt: instant('used_at'),
    withdrawnAt: instant('withdrawn_at'),
  },
  (t) => [
    index('invitations_open').on(t.email).where(sql`used_at is null and withdrawn_at is null`),
    check('invitations_kind', sql`kind in ('invite', 'reset')`),
    check('invitations_reset', sql`kind = 'invite' or user_id is not null`),
    check('invitations_once', sql`used_at is null or withdrawn_at is null`),
  ],
)
