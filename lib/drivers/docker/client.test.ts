import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openClient } from './client.ts'

/** Asks for the end of a container where each question is answered like this. */
async function wait(answer: (response: ServerResponse) => void, abortSignal?: AbortSignal): Promise<unknown> {
  const folder = mkdtempSync(join(tmpdir(), 'davit-client-'))
  const server = createServer((_, response) => answer(response)).listen(join(folder, 'engine.sock'))
  try {
    await once(server, 'listening')
    return await openClient(join(folder, 'engine.sock')).getContainer('web').wait({ condition: 'not-running', ...(abortSignal && { abortSignal }) })
  } finally {
    server.closeAllConnections()
    server.close()
    rmSync(folder, { recursive: true })
  }
}

it.each(['', '{"StatusC'])('an answer that breaks off after its headers and "%s" is an error', async (begun) => {
  const breakOff = (response: ServerResponse) => {
    response.writeHead(200)
    response.flushHeaders()
    response.write(begun, () => response.destroy())
  }
  await expect(wait(breakOff)).rejects.toMatchObject({ code: 'ECONNRESET' })
})

it('an answer that does not end is left with its signal', async () => {
  const leaving = new AbortController()
  const begin = (response: ServerResponse) => {
    response.writeHead(200)
    response.write(' ', () => leaving.abort())
  }
  await expect(wait(begin, leaving.signal)).rejects.toMatchObject({ name: 'AbortError' })
})

it('a whole answer is what it says, and a refusal has its words and its status', async () => {
  expect(await wait((response) => response.end('{"StatusCode":7}'))).toEqual({ StatusCode: 7 })
  await expect(wait((response) => response.writeHead(404).end('{"message":"no such container: web"}'))).rejects.toMatchObject({ statusCode: 404, message: expect.stringContaining('no such container: web') })
})
