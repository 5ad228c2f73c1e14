import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeRepository } from './repository.ts'

const client = join(import.meta.dirname, '../../node_modules/postgres/cjs/src')

/** `POST /` keeps its body as a row, `GET /` gives all rows; without DATABASE_URL it says so. */
const server = `
const http = require('node:http')
const postgres = require('./index.js')
const url = process.env.DATABASE_URL
const sql = url && postgres(url, { max: 2, onnotice: () => {} })
const server = http.createServer(async (request, response) => {
  let text = ''
  for await (const chunk of request) text += chunk
  if (!sql) return response.end('no database')
  try {
    await sql\`create table if not exists entries (text text)\`
    if (request.method === 'POST') await sql\`insert into entries values (\${text})\`
    const rows = await sql\`select text from entries order by text\`
    response.end(rows.map((row) => row.text).join(' '))
  } catch (error) {
    response.writeHead(500).end(error.message)
  }
})
server.listen(process.env.PORT)
process.on('SIGTERM', () => server.close(() => process.exit(0)))
`

/** An app that keeps what it is told in PostgreSQL; its client lies beside it, for there is no registry to fetch it from. */
export async function ledgerFiles(): Promise<Record<string, string>> {
  const files = await Promise.all((await readdir(client)).map(async (name) => [name, await readFile(join(client, name), 'utf8')] as const))
  return { ...Object.fromEntries(files), 'package.json': '{"type":"commonjs"}', Procfile: 'web: node server.js\n', 'server.js': server }
}

/** As a repository. */
export const makeLedgerApp = async (): Promise<string> => await makeRepository(await ledgerFiles())
