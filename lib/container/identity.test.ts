import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { config } from '../config.ts'
import { sql } from '../db/client.ts'
import { makeResource, onThing, tester } from '../runner/rehearsal.ts'
import { start } from '../runner/start.ts'
import { checkIdentity, lookUpMistrust, markNewest, trustAgain } from './identity.ts'

const markPath = join(config.dataPath, 'newest-operation.json')
const note = onThing('note').step('note', { undoes: null, run: () => {} })
const record = async () => (await start(note, { thing: await makeResource() }, tester)).id

beforeEach(async () => {
  await rm(markPath, { force: true })
  await sql`update installation set mistrusted_at = null, unowned = '[]'`
})

describe('checkIdentity', () => {
  test('trusts a db that has gone on since the mark', async () => {
    await record()
    await checkIdentity()
    await record()
    await markNewest()
    await checkIdentity()
    expect(await lookUpMistrust(tester)).toBeNull()
  })

  test('mistrusts a db that is older than the mark, and gives no id a second time', async () => {
    const id = await record()
    const [{ installation } = { installation: '' }] = await sql<{ installation: string }[]>`select id as installation from installation`
    await writeFile(markPath, JSON.stringify({ installation, operation: id + 500 }))
    await checkIdentity()
    expect(await lookUpMistrust(tester)).toMatchObject({ unowned: [] })
    expect(await record()).toBeGreaterThan(id + 500)
  })

  test('gives no id a second time that an event has', async () => {
    const id = await record()
    await sql`insert into events (id, kind, actor_kind, actor_name) values (${id + 5000}, 'signed in', 'user', 'Ada')`
    await writeFile(markPath, JSON.stringify({ installation: 'another', operation: 0 }))
    await checkIdentity()
    expect(await record()).toBeGreaterThan(id + 5000)
  })

  test('mistrusts another db, until an owner confirms', async () => {
    await writeFile(markPath, JSON.stringify({ installation: 'another', operation: 0 }))
    await checkIdentity()
    expect(await lookUpMistrust(tester)).not.toBeNull()
    await trustAgain(tester)
    expect(await lookUpMistrust(tester)).toBeNull()
    await expect(trustAgain(tester)).rejects.toMatchObject({ code: 'conflict' })
  })
})
