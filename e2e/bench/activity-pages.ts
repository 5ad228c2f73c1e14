import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { encode } from 'next-auth/jwt'
import { sessionCookie, sessionSecret } from '#lib/auth/session-cookie.ts'
import { inherited } from '#lib/config.ts'
import { sql } from '#lib/db/client.ts'
import { measureRead } from './activity-read.ts'
import { freePort } from '#lib/router/free-port.ts'

const readySeconds = 60

/** The page itself over HTTP, as Davit serves it to an owner and to a member of some environments. */
export async function measurePages(environments: number[]): Promise<void> {
  const port = await freePort()
  const address = `http://127.0.0.1:${port}`
  const web = spawn(process.execPath, [join(import.meta.dirname, '../../lib/start/web.ts')], {
    env: { ...inherited, DATABASE_URL: '', DAVIT_DATA: process.env.DAVIT_DATA, DAVIT_HOST: '127.0.0.1', DAVIT_PORT: String(port), DAVIT_URL: address },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const ended = once(web, 'exit')
  try {
    await ready(`${address}/api/health`)
    const [owner, member] = [await cookieOf(1), await cookieOf(await makeMember(environments))]
    await measureRead('page', () => fetchPage(`${address}/activity`, owner))
    await measureRead('member_page', () => fetchPage(`${address}/activity`, member))
  } finally {
    web.kill('SIGKILL')
    await ended
  }
}

async function ready(address: string): Promise<void> {
  const deadline = performance.now() + readySeconds * 1000
  while (!(await fetch(address).then(({ ok }) => ok, () => false))) {
    if (performance.now() > deadline) throw new Error('the web does not answer')
    await pause(100)
  }
}

async function makeMember(environments: number[]): Promise<number> {
  const user = 40
  const [role] = await sql<{ id: string }[]>`insert into roles (name) values ('reader') returning id`
  for (const environment of environments) await sql`insert into role_scopes (role_id, environment_id, scope) values (${role!.id}, ${environment}, 'read')`
  await sql`insert into user_roles (user_id, role_id) values (${user}, ${role!.id})`
  return user
}

async function cookieOf(user: number): Promise<string> {
  const [session] = await sql<{ id: string }[]>`insert into sessions (user_id, expires_at) values (${user}, now() + interval '1 hour') returning id`
  return `${sessionCookie}=${await encode({ token: { sessionId: session!.id }, secret: sessionSecret() })}`
}

async function fetchPage(address: string, cookie: string): Promise<void> {
  const response = await fetch(address, { headers: { cookie }, redirect: 'manual' })
  const text = await response.text()
  if (response.status !== 200 || !text.includes('data-id=')) throw new Error(`${address} answered ${response.status} without a list`)
}
