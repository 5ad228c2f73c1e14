import type { Board } from './board.ts'
import { makeRepository, type Tree } from './repository.ts'

/** Answers every request with its version; is as healthy as the board says it is. */
const server = (version: string, board: Board, port = 'process.env.PORT') => `
const http = require('node:http')
const healthy = (answer) => http.get('${board.url}/value/health', (response) => answer(response.statusCode)).on('error', () => answer(500))
const server = http.createServer((request, response) => {
  if (request.url === '/healthcheck') return healthy((status) => response.writeHead(status).end())
  const greeting = process.env.GREETING || 'hello'
  request.resume().on('end', () => response.end(greeting + ' from ${version}\\n'))
})
server.listen(${port}, () => console.log('${version} listens on ' + server.address().port))
process.on('SIGTERM', () => server.close(() => process.exit(0)))
`

const worker = `
console.log('the worker works')
process.on('SIGTERM', () => process.exit(0))
setInterval(() => {}, 1000)
`

/** Asks or tells the board: node board.js wait NAME, node board.js say NAME TEXT, node board.js value NAME, which fails unless it is 200. */
const talk = (board: Board) => `
const http = require('node:http')
const [, , verb, name, text] = process.argv
const request = http.request('${board.url}/' + verb + '/' + name, { method: verb === 'say' ? 'POST' : 'GET' }, (response) => {
  process.exitCode = response.statusCode === 200 ? 0 : 1
  response.resume()
})
request.on('error', (error) => { console.error(error.message); process.exit(1) })
request.end(text)
`

/**
 * An app with a `web` and a `worker`, and its branches: `v2` answers otherwise, `broken` listens on another
 * port than it was given, `unbuildable` fails in its build, `slow` waits in its build until the test opens "build" on the board.
 */
export function makeSampleApp(board: Board, more: Tree = {}, branches: Record<string, Tree> = {}): Promise<string> {
  const main = {
    Procfile: 'web: node server.js\nworker: node worker.js\n',
    'davit.yml': 'services:\n  worker:\n    uptime_seconds: 1\n',
    'server.js': server('v1', board),
    'worker.js': worker,
    'board.js': talk(board),
    'build.sh': 'echo "built v1"\n',
    ...more,
  }
  return makeRepository(main, {
    v2: { 'server.js': server('v2', board) },
    unbuildable: { 'build.sh': 'echo "out of paint"\nexit 1\n' },
    broken: { 'server.js': server('broken', board, '0') },
    // Two shells deep: what a build starts must end with it.
    slow: { 'build.sh': `echo "the build waits"\nsh -c 'sh -c "node board.js wait build"; echo "the build goes on"'\n`, 'server.js': server('slow', board) },
    ...branches,
  })
}

export const buildCommand = 'sh build.sh'
