import { isNull } from 'drizzle-orm'
import { operations } from '#drizzle/schema/operation.ts'
import { db } from '#lib/db/client.ts'
import { type Holdings, listBackups, listDatabases, nameOf } from './holdings.ts'
import type { Chance } from './random.ts'
import type { Wanted } from './world.ts'

const openMax = 2
const copiesMax = 2
const backupsMax = 5

const deeds = { restart: 4, 'restart elsewhere': 3, resize: 3, backup: 4, restore: 5, deprovision: 3, purge: 2 }
type Deed = keyof typeof deeds

/** Something that can be done now: to the bank, as a rule, or to a copy of it; only a copy is ever deprovisioned. */
export async function nextOnDatabase(holdings: Holdings, places: string[], chance: Chance): Promise<Wanted | null> {
  const [databases, backups, open] = [await listDatabases(), await listBackups(), await db.select().from(operations).where(isNull(operations.finishedAt))]
  const count = (type: string) => open.filter((one) => one.type === type).length
  const free = databases.filter(({ id }) => open.filter(({ resourceId }) => resourceId === id).length < openMax)
  const [bank, copies] = [free.find(({ id }) => id === holdings.bank), free.filter(({ id }) => id !== holdings.bank)]
  const one = bank && (copies.length === 0 || chance.happens(0.6)) ? bank : copies.length > 0 ? chance.oneOf(copies) : null
  const elsewhere = places.filter((place) => place !== one?.place)
  const can: Record<Deed, boolean> = {
    restart: one !== null,
    'restart elsewhere': one !== null && elsewhere.length > 0,
    resize: one !== null,
    backup: one !== null && backups.length < backupsMax,
    restore: backups.length > 0 && databases.length + count('restore') <= copiesMax,
    deprovision: copies.length > 0,
    purge: backups.length > 1 && count('purge') === 0,
  }
  const possible = Object.fromEntries(Object.entries(deeds).filter(([deed]) => can[deed as Deed]))
  if (Object.keys(possible).length === 0) return null
  const deed = chance.weighted(possible) as Deed
  const wanted = (input: object, recorded?: (id: number) => void): Wanted => ({ kind: 'database', type: deed.split(' ')[0]!, input, words: `${deed} ${JSON.stringify(input)}`, failsWith: null, recorded })
  if (deed === 'restore') return wanted({ backup: chance.oneOf(backups).id, handle: `copy-${chance.between(1, 9999)}`, place: chance.oneOf(places) })
  if (deed === 'purge') return wanted({ backup: backups[0]!.id, confirm: await nameOf(backups[0]!.databaseId) })
  if (deed === 'deprovision') {
    const { id, handle } = chance.oneOf(copies)
    return wanted({ database: id, confirm: handle, finalBackup: chance.happens(0.5) })
  }
  const { id: database, volumeMb } = one!
  if (deed === 'restart') return wanted({ database, memoryMb: chance.oneOf([64, 96, 128]) })
  if (deed === 'restart elsewhere') return wanted({ database, place: chance.oneOf(elsewhere) })
  if (deed === 'resize') return wanted({ database, volumeMb: volumeMb + chance.oneOf([-16, 16, 32]) })
  return wanted({ database, place: chance.oneOf(places) }, database === holdings.bank ? holdings.beforeBackup() : undefined)
}
