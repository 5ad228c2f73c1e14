import { z } from 'zod'

const id = z.coerce.number().int().positive()
const name = z.string().trim().min(1, 'what people call it, such as developers').max(60, 'at most 60 characters')

/** What a role can hold in an environment, in the order in which it is shown, and what each permits. */
export const scopes = [
  { scope: 'read', permits: 'pages, activity, logs, reports' },
  { scope: 'deploy', permits: 'create apps and databases, deploy, configure (without seeing values), endpoints, restore' },
  { scope: 'operate', permits: 'restart, scale, backup' },
  { scope: 'sensitive', permits: 'see variables’ values, credentials, connection URLs; with operate: run a command' },
  { scope: 'destroy', permits: 'deprovision, purge' },
  { scope: 'admin', permits: 'all of these, settings, roles of the environment, mark resolved' },
] as const

/** In the order of the page, whatever order they came in. */
export function scopesInWords(held: readonly string[]): string {
  return scopes.filter(({ scope }) => held.includes(scope)).map(({ scope }) => scope).join(', ') || 'none'
}

const Held = z.enum(['read', 'deploy', 'operate', 'sensitive', 'destroy', 'admin'])

export const CreateRole = z.object({ name })
export const RenameRole = z.object({ role: id, name })
export const RemoveRole = z.object({ role: id })
export const SetScopes = z.object({ role: id, environment: id, scopes: z.array(Held).max(6).default([]) })
