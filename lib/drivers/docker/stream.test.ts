import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Docker from 'dockerode'
import { expect, it } from 'vitest'
import { openStream } from './stream.ts'

// What nobody catches fails the run.
it.each([['has come whole', true], ['is still coming', false]])('an answer that %s may be left in the middle', async (_, whole) => {
  const folder = mkdtempSync(join(tmpdir(), 'davit-stream-'))
  const server = createServer((_request, answer) => {
    answer.write('a part')
    if (whole) answer.end()
  }).listen(join(folder, 'engine.sock'))
  await once(server, 'listening')
  const docker = new Docker({ socketPath: join(folder, 'engine.sock') })
  for (let time = 0; time < 50; time++) {
    const left = new AbortController()
    const stream = await openStream(left.signal, (abortSignal) => docker.getContainer('any').logs({ follow: true, abortSignal }))
    const chunks = stream[Symbol.asyncIterator]()
    await chunks.next()
    const next = chunks.next()
    left.abort()
    await expect(next).rejects.toMatchObject({ name: 'AbortError' })
  }
  const left = new AbortController()
  left.abort()
  await expect(openStream(left.signal, (abortSignal) => docker.getContainer('any').logs({ follow: true, abortSignal }))).rejects.toThrow()
  server.closeAllConnections()
  server.close()
  rmSync(folder, { recursive: true })
})
