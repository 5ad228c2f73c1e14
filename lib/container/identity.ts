import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { eq, isNull, sql as fragment } from 'drizzle-orm'
import { z } from 'zod'
import { installation } from '#drizzle/schema/installation.ts'
import { recordEvent } from '../activity/record-event.ts'
import type { Actor } from '../auth/actor.ts'
import { allow } from '../auth/allow.ts'
import { config } from '../config.ts'
import { db } from '../db/client.ts'
import { Refusal } from '../refusal.ts'

const Mark = z.object({ installation: z.string(), operation: z.number() })
type Mark = z.infer<typeof Mark>

/** Ids between the newest one marked and the newest one given before the db went back. */
const IDS_SKIPPED = 1000

const markPath = () => join(config.dataPath, 'newest-operation.json')

/**
 * Compares the db with the mark kept beside it. A db that is another one, or older than the mark, was
 * restored: what runs and is unknown to it may well be wanted, so the sweep only lists until an owner
 * confirms, and operations get ids that no object out there bears.
 */
export async function checkIdentity(): Promise<void> {
  const [mark, now] = [await readMark(), await readDb()]
  if (mark && (mark.installation !== now.installation || mark.operation > now.operation)) await mistrust(mark)
  await writeMark({ ...now, operation: Math.max(now.operation, mark?.operation ?? 0) })
}

/** Moves the mark on; called with every sweep. */
export async function markNewest(): Promise<void> {
  const [mark, now] = [await readMark(), await readDb()]
  if (!mark || now.operation > mark.operation) await writeMark(now)
}

async function mistrust(mark: Mark) {
  await db.transaction(async (tx) => {
    await tx.update(installation).set({ mistrustedAt: new Date() }).where(isNull(installation.mistrustedAt))
    // Events draw from the same sequence: it must not go back behind theirs.
    await tx.execute(fragment`
      select setval(pg_get_serial_sequence('operations', 'id'), greatest(
        ${mark.operation + IDS_SKIPPED}, (select coalesce(max(id), 0) from operations), (select coalesce(max(id), 0) from events)))`)
  })
}

async function readMark(): Promise<Mark | null> {
  try {
    return Mark.parse(JSON.parse(await readFile(markPath(), 'utf8')))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

async function readDb(): Promise<Mark> {
  const [row] = await db.execute<{ installation: string; operation: string }>(fragment`
    select (select id from installation) as installation, (select coalesce(max(id), 0) from operations) as operation`)
  return { installation: row!.installation, operation: Number(row!.operation) }
}

async function writeMark(mark: Mark) {
  const draft = `${markPath()}.${process.pid}`
  await writeFile(draft, JSON.stringify(mark), { mode: 0o600 })
  await rename(draft, markPath())
}

/** Whether the db went back in time: then nothing is removed because it does not know it. */
export async function isMistrusted(): Promise<boolean> {
  const [row] = await db.select({ at: installation.mistrustedAt }).from(installation)
  return row?.at != null
}

/** Null while the db is trusted; otherwise since when it is not, and what a sweep would remove. */
export async function lookUpMistrust(actor: Actor): Promise<{ since: string; unowned: string[] } | null> {
  allow(actor, 'owner', null)
  const [row] = await db.select().from(installation)
  return row?.mistrustedAt ? { since: row.mistrustedAt.toISOString(), unowned: row.unowned } : null
}

/** An owner has looked at the list: the sweep may remove again what belongs to nothing. */
export async function trustAgain(actor: Actor): Promise<void> {
  allow(actor, 'owner', null)
  await db.transaction(async (tx) => {
    const [row] = await tx.select().from(installation).for('update')
    if (!row?.mistrustedAt) throw new Refusal('conflict', 'The database is trusted already.')
    await tx.update(installation).set({ mistrustedAt: null, unowned: [] }).where(eq(installation.id, row.id))
    await recordEvent(tx, {
      kind: 'restored database confirmed',
      actor,
      detail: `the sweep may remove what belongs to nothing; ${row.unowned.length} were listed`,
    })
  })
}
