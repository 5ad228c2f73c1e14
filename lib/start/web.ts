import { once } from 'node:events'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { config, inherited } from '../config.ts'
import { answerUnreadable, receive } from './incoming.ts'

/** Less than what ends it by force. */
const lastRequestsMs = 5000

// Next and React choose by it, as they are imported, what they are.
Object.assign(inherited, { NODE_ENV: 'production' })
const { default: next } = await import('next')
const web = next({ dev: false, dir: join(import.meta.dirname, '../..'), hostname: config.host, port: config.port })
await web.prepare()
const answer = web.getRequestHandler()

const server = createServer((request, response) => {
  receive(request, config)
  answer(request, response).catch((error: unknown) => {
    console.error(error)
    response.destroy()
  })
})
server.on('clientError', answerUnreadable)
server.listen(config.port, config.host)
await once(server, 'listening').catch((error: unknown) => {
  // Next logs what nobody catches, and goes on: a web without its port would never be started again.
  console.error(error)
  process.exit(1)
})

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    server.close(() => process.exit(0))
    server.closeIdleConnections()
    // Event streams never end by themselves; their browsers come back to the next start.
    setTimeout(() => server.closeAllConnections(), lastRequestsMs).unref()
  })
}
