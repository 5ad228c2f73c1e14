import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import postgres from 'postgres'
import { inject } from 'vitest'

/** Gives each test file a data folder and a database of its own before anything of ours is imported. */
const server = inject('server')
const database = `test_${randomBytes(6).toString('hex')}`
const admin = postgres({ ...server, database: 'postgres', max: 1, onnotice: () => {} })
await admin`create database ${admin(database)} template ${admin(server.database)}`
await admin.end()

const folder = await mkdtemp(inject('prefix'))
await mkdir(join(folder, 'postgres'))
await writeFile(join(folder, 'postgres', 'connection.json'), JSON.stringify({ ...server, database }))
process.env.DAVIT_DATA = folder
