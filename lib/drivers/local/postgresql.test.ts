import { existsSync } from 'node:fs'
import { join } from 'node:path'
import postgres from 'postgres'
import { afterAll, beforeAll, expect, describe, it } from 'vitest'
import { freshName, pullRequest, recordIo, until } from '../contract/world.ts'
import { postgresql as type } from '../../database/types/postgresql.ts'
import type { ContainerSpec } from '../driver.ts'
import type { VolumeSpec } from '../volumes.ts'
import { openLocalWorld, type LocalWorld } from './local-world.ts'

const initdb = 'printf secret > "$TMPDIR/password" && bin/initdb -D "$VOLUME/data" -U davit --pwfile="$TMPDIR/password" --auth=scram-sha-256 --locale=C'
const serve = 'exec bin/postgres -D "$VOLUME/data" -c listen_addresses="$HOST" -c port="$PORT" -c unix_socket_directories='
const postgresql = { ...type.programs, name: type.name, title: type.title }
const owner = { id: 90, handle: 'orders' }

describe('PostgreSQL on the local driver', { timeout: 120_000 }, () => {
  let world: LocalWorld
  beforeAll(() => {
    world = openLocalWorld({})
  })
  afterAll(() => world.close(), 60_000)

  it('keeps what was committed over a clean stop, a detach and an attach', async () => {
    const { driver } = world
    const volumes = driver.volumes!
    const io = recordIo()
    const image = await driver.pull({ ...pullRequest(await world.makeSource({ procfile: null })), owner, ref: '18', programs: postgresql }, io)
    const volume: VolumeSpec = { name: freshName('volume'), owner, place: 'first', sizeMb: 256, fence: 1 }
    await volumes.create(volume, io)
    await volumes.attach(volume, io)
    const spec = (command: string, changes: Partial<ContainerSpec> = {}): ContainerSpec => ({
      name: freshName('db'), owner, environment: 1, image: image.id, place: 'first', command, variables: {}, port: true, listensAs: 'orders', volume: volume.name, stopSignal: 'SIGINT', fence: 1, ...changes,
    })
    const made = spec(initdb, { port: false, listensAs: undefined, stopSignal: undefined })
    expect(await driver.runOnce(made, io), io.texts(made.name).join('\n')).toBe(0)
    const first = spec(serve)
    const { address } = await driver.start(first, io)
    const sql = postgres({ ...address, user: 'davit', password: 'secret', database: 'postgres', max: 1, onnotice: () => {}, connect_timeout: 5 })
    await until('it answers', () => sql`select 1`.then(() => true, () => false))
    await sql`create table kept as select generate_series(1, 1000) as number`
    await driver.stop(first, 30, io)
    await sql.end({ timeout: 1 })
    expect(await driver.inspect(first)).toMatchObject({ running: false, exitCode: 0 })
    const said: string[] = []
    for await (const { text } of driver.logs(first, 0, io.signal)) said.push(text)
    expect(said.at(-1)).toMatch(/database system is shut down/)
    expect(said.join('\n')).not.toMatch(/PANIC|not properly|interrupted/)
    await volumes.detach(volume, io)
    if (process.getuid?.() === 0) expect(existsSync(join(world.root, 'place-first', 'mounts', volume.name, 'files', 'data'))).toBe(false)
    await volumes.attach(volume, io)
    const next = spec(serve)
    expect((await driver.start(next, io)).address).toEqual(address)
    const again = postgres({ ...address, user: 'davit', password: 'secret', database: 'postgres', max: 1, onnotice: () => {}, connect_timeout: 5 })
    await until('it answers again', () => again`select 1`.then(() => true, () => false))
    expect(await again`select sum(number)::int as sum from kept`).toEqual([{ sum: 500_500 }])
    await again.end({ timeout: 1 })
    await driver.stop(next, 30, io)
    const lines: string[] = []
    for await (const { text } of driver.logs(next, 0, io.signal)) lines.push(text)
    expect(lines.join('\n')).not.toMatch(/was not properly shut down/)
    expect(io.texts('davit').join('\n')).not.toMatch(/killed/)
  })
})
