import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { recordIo, until } from '../contract/world.ts'
import { openEngine } from './engine.ts'
import { watchSilence } from './silence.ts'

it('is that of an engine as long as it says nothing itself, which is told, and then that of those it passes on', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'davit-silence-'))
  const socketPath = join(folder, 'engine.sock')
  const waiting: ServerResponse[] = []
  let hangs = true
  const server = createServer((_request, answer) => void (hangs ? waiting.push(answer) : answer.end('OK'))).listen(socketPath)
  await once(server, 'listening')
  const io = recordIo()
  const watch = watchSilence(openEngine(socketPath, { silentMs: 500 }), 100, io, 10)
  await until('it is told', () => io.texts('davit').length === 1)
  expect(watch.signal.aborted).toBe(false)
  hangs = false
  for (const answer of waiting) answer.end('OK')
  await until('the others are said to be silent', () => watch.signal.aborted)
  expect(io.texts('davit')).toEqual([expect.stringMatching(/has not answered for 0\.5 s; waiting for it\.$/), 'The engine answers again.'])
  watch.end()
  server.closeAllConnections()
  server.close()
  rmSync(folder, { recursive: true })
})
