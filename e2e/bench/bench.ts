import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { sql } from '#lib/db/client.ts'
import { config, inherited } from '#lib/config.ts'
import { stopEmbeddedPostgres } from '#lib/db/embedded-server.ts'
import { prepareDatabase } from '#lib/start/database.ts'
import { stopProcess } from '#lib/start/processes.ts'
import { killEverythingOf } from '../chaos/processes.ts'
import { arrayOf } from '#lib/db/array.ts'

export const runnersCount = 2
export const slotsCount = 10
const settings = ['server_version', 'fsync', 'synchronous_commit', 'full_page_writes', 'shared_buffers', 'max_connections']

export async function openBench(): Promise<void> {
  await prepareDatabase()
  const rows = await sql<{ name: string; setting: string; unit: string | null }[]>`select name, setting, unit from pg_settings where name = any(${arrayOf(settings)}::text[]) order by name`
  console.log(JSON.stringify({ postgres: Object.fromEntries(rows.map(({ name, setting, unit }) => [name, unit ? `${setting} × ${unit}` : setting])) }))
}

const children = new Set<ChildProcess>()

export async function closeBench(folder: string): Promise<void> {
  for (const child of children) child.kill('SIGKILL')
  await sql.end({ timeout: 2 }).catch(() => {})
  await stopProcess('router', 5)
  await stopEmbeddedPostgres(config.dataPath).catch(() => {})
  await killEverythingOf(folder)
}

/** Processes of that program, once each has said that it is there; what they say later is told. */
export async function startProcesses<Message>(program: string, args: string[], tell: (message: Message) => void): Promise<ChildProcess[]> {
  return Promise.all(
    Array.from({ length: runnersCount }, async (_, index) => {
      const child = fork(join(import.meta.dirname, program), [String(index + 1), ...args], { env: inherited, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
      children.add(child)
      const [ready] = (await Promise.race([once(child, 'message'), once(child, 'exit')])) as [unknown]
      if (ready !== 'ready') throw new Error(`${program} ended before it was ready`)
      child.on('message', (message) => tell(message as Message))
      return child
    }),
  )
}

export async function endProcesses(processes: ChildProcess[]): Promise<void> {
  await Promise.all(
    processes.map(async (child) => {
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
      children.delete(child)
    }),
  )
}

/** Nanoseconds on a clock that all processes of a machine share. */
export const now = () => Number(process.hrtime.bigint())
