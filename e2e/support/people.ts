import type postgres from 'postgres'
import { currentRun, owner } from './run.ts'

export const memberName = 'Walker'

export type Scopes = Record<number, readonly string[]>

/** A member with a role of their own, who signs in with the owner's password. */
export async function makeMember(sql: postgres.Sql, name: string, scopes: Scopes): Promise<{ id: number; email: string }> {
  const email = `${name.toLowerCase().replaceAll(' ', '-')}@example.org`
  const [user] = await sql<{ id: string }[]>`
    insert into users (email, name, password_hash) select ${email}, ${memberName}, password_hash from users where email = ${owner.email} returning id`
  const [role] = await sql<{ id: string }[]>`insert into roles (name) values (${`Walked ${name}`}) returning id`
  await sql`insert into user_roles (user_id, role_id) values (${user!.id}, ${role!.id})`
  for (const [environment, held] of Object.entries(scopes)) {
    for (const scope of held) await sql`insert into role_scopes (role_id, environment_id, scope) values (${role!.id}, ${environment}, ${scope})`
  }
  return { id: Number(user!.id), email }
}

/** The cookie of a new session. */
export async function signIn(email: string, password = owner.password): Promise<string> {
  const { url } = currentRun()
  const first = await fetch(`${url}/api/auth/csrf`)
  const { csrfToken } = (await first.json()) as { csrfToken: string }
  const cookies = (response: Response) => response.headers.getSetCookie().map((cookie) => cookie.split(';')[0])
  const body = new URLSearchParams({ email, password, csrfToken, json: 'true' })
  const second = await fetch(`${url}/api/auth/callback/credentials`, { method: 'POST', body, headers: { cookie: cookies(first).join('; ') }, redirect: 'manual' })
  const session = cookies(second).find((cookie) => cookie?.includes('davit.session='))
  if (!session) throw new Error(`${email} was not let in: ${await second.text()}`)
  return session
}
