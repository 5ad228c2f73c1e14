import { ne } from 'drizzle-orm'
import { containers } from '#drizzle/schema/container.ts'
import { db } from '#lib/db/client.ts'
import type { Driver } from '#lib/drivers/driver.ts'
import type { Check } from './checks.ts'
import type { Ground } from './ground.ts'
import { listBackups, listDatabases } from './holdings.ts'

/** What has to be so in the world once everything has settled; until then it may take the sweep a moment. */
export async function checkDatabases(driver: Driver, ground: Ground): Promise<Check[]> {
  const [databases, backups, wanted, states, volumes] = await Promise.all([
    listDatabases(), listBackups(), db.select().from(containers).where(ne(containers.phase, 'unwanted')), driver.list(), driver.volumes!.list(),
  ])
  const ofDatabases = new Map(databases.map(({ volume, volumeMb }) => [volume, volumeMb]))
  const owned = new Set([...ofDatabases.keys(), ...backups.map(({ volume }) => volume)])
  const there = new Set(volumes.map(({ name }) => name))
  const names = new Set(wanted.map(({ name }) => name))
  const running = new Set(states.filter((state) => state.running).map(({ name }) => name))
  return [
    {
      name: 'orphans: containers that no database owns',
      problems: [
        ...states.filter(({ name }) => !names.has(name)).map(({ name, running: runs }) => `${name} (${runs ? 'running' : 'ended'})`),
        ...wanted.filter(({ ownerId }) => !databases.some(({ id }) => id === ownerId)).map(({ name }) => `${name} is recorded, and of no database`),
      ],
    },
    { name: 'orphans: what is left of containers that no database owns', problems: await ground.strays(names) },
    { name: 'orphans: volumes that neither a database nor a backup owns', problems: volumes.filter(({ name }) => !owned.has(name)).map(({ name }) => name) },
    { name: 'volumes of databases and backups that are not there', problems: [...owned].filter((name) => !there.has(name)) },
    {
      name: 'volumes that are not as they are recorded',
      problems: volumes.flatMap(({ name, sizeMb, attached }) => {
        const recordedMb = ofDatabases.get(name)
        if (recordedMb === undefined) return owned.has(name) && attached ? [`${name} is attached, and of a backup`] : []
        return [...(attached ? [] : [`${name} is detached, and of a database`]), ...(sizeMb === recordedMb ? [] : [`${name} has ${sizeMb} MB, not ${recordedMb}`])]
      }),
    },
    {
      name: 'databases that not one container serves',
      problems: databases.flatMap(({ id, handle }) => {
        const found = wanted.filter(({ ownerId, phase, name }) => ownerId === id && phase === 'wanted' && running.has(name)).length
        return found === 1 ? [] : [`${handle}: ${found}`]
      }),
    },
  ]
}
