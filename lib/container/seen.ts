import { and, eq, ne, sql } from 'drizzle-orm'
import { containers } from '#drizzle/schema/container.ts'
import { db, type Transaction } from '../db/client.ts'
import type { ContainerState } from '../drivers/driver.ts'

/** For screens: what is wanted of a container, what was last seen of it, and what becomes of one that does not run. */
export const shownState = {
  phase: containers.phase,
  seen: containers.seen,
  seenExitCode: containers.seenExitCode,
  startRefusal: containers.startRefusal,
  /** While it lies ahead; null: the next look starts it. */
  nextStartAt: sql`case when ${containers.nextStartAt} > now() then ${containers.nextStartAt} end`.mapWith((at: string): string | null => new Date(at).toISOString()),
}

/** It should run, and the last look found that it does not. */
export const isDown = and(eq(containers.phase, 'wanted'), ne(containers.seen, 'running'))

/** Written only when it changed: `seenAt` says since when. */
export async function note({ name, ownerId, ...before }: Pick<typeof containers.$inferSelect, 'name' | 'ownerId' | 'seen' | 'seenExitCode'>, state: ContainerState | null): Promise<void> {
  const seen = state === null ? 'gone' : state.running ? 'running' : 'ended'
  const seenExitCode = seen === 'ended' ? state!.exitCode : null
  if (seen === before.seen && seenExitCode === before.seenExitCode) return
  await db.update(containers).set({ seen, seenExitCode, seenAt: new Date() }).where(eq(containers.name, name))
  await hint(ownerId)
}

/** Whoever looks at its containers looks again. */
export async function hint(ownerId: number, from: Transaction | typeof db = db): Promise<void> {
  await from.execute(sql`select pg_notify('davit_containers', ${String(ownerId)})`)
}
