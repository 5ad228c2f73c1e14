import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { recordIo, until } from '../contract/world.ts'
import { openEngine, within } from './engine.ts'

/** Something at a socket that gives these answers, one after another, and the last for ever. */
describe('an engine that answers oddly', () => {
  let folder: string
  let server: Server
  let answers: { status: number | 'none'; message: string }[]
  let unanswered: ServerResponse[]
  let asked = 0
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'davit-engine-'))
    asked = 0
    unanswered = []
    server = createServer((_, answer) => {
      const { status, message } = answers[Math.min(asked++, answers.length - 1)]!
      if (status === 'none') return void unanswered.push(answer)
      answer.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ message, Version: '1' }))
    }).listen(join(folder, 'engine.sock'))
    await once(server, 'listening')
  })
  afterEach(() => {
    server.closeAllConnections()
    server.close()
    rmSync(folder, { recursive: true })
  })

  const ask = (io = recordIo()) => {
    const engine = openEngine(join(folder, 'engine.sock'))
    return engine.change(io, () => engine.docker.version())
  }

  it('is asked again by a step while it has an error of its own, and the guard before each try', async () => {
    answers = [{ status: 500, message: 'containerd is restarting' }, { status: 503, message: 'not yet' }, { status: 200, message: '' }]
    const io = recordIo()
    expect(await ask(io)).toMatchObject({ Version: '1' })
    expect(io.guarded).toBe(3)
  })

  it.each([
    [{ status: 500, message: 'containerd is restarting' }, /has an error of its own \(containerd is restarting\); waiting for it/],
    [{ status: 'none', message: '' }, /does not answer \(nothing within 0\.5 s\); waiting for it/],
  ] as const)('is waited for by a step until it is told to stop, with a line in the log: %o', async (answer, told) => {
    answers = [answer]
    const io = recordIo()
    const engine = openEngine(join(folder, 'engine.sock'), { answerMs: 500 })
    const reason = new Error('the limit of the step has passed')
    const asking = expect(engine.change(io, (limit) => within(limit, engine.docker.version()))).rejects.toBe(reason)
    await until('it says so', () => io.texts('davit').length > 0)
    expect(io.texts('davit')).toEqual([expect.stringMatching(told)])
    const before = asked
    await until('it asks again', () => asked > before)
    io.abort(reason)
    await asking
  })

  it('is said to be silent long before it is given up, and again when it answers', async () => {
    answers = [{ status: 'none', message: '' }]
    const io = recordIo()
    const engine = openEngine(join(folder, 'engine.sock'), { answerMs: 60_000, silentMs: 100 })
    const asking = engine.change(io, (limit) => within(limit, engine.docker.version()))
    await until('it is asked, and says so', () => unanswered.length > 0 && io.texts('davit').length > 0)
    expect(io.texts('davit')).toEqual([expect.stringMatching(/engine\.sock has not answered for 0\.1 s; waiting for it\.$/)])
    expect(asked).toBe(1)
    unanswered.shift()?.writeHead(200, { 'content-type': 'application/json' }).end('{"Version":"1"}')
    expect(await asking).toMatchObject({ Version: '1' })
    expect(io.texts('davit').slice(1)).toEqual(['The engine answers again.'])
  })

  it('is said to answer again by whoever it answers, where the one it was silent to has left', async () => {
    answers = [{ status: 'none', message: '' }, { status: 200, message: '' }]
    const io = recordIo()
    const engine = openEngine(join(folder, 'engine.sock'), { silentMs: 100 })
    const leaving = new AbortController()
    const asking = expect(engine.ask({ ...io, signal: leaving.signal }, (limit) => within(AbortSignal.any([limit, leaving.signal]), engine.docker.version()))).rejects.toThrow('nobody needs it')
    await until('it is asked, and says so', () => unanswered.length > 0 && io.texts('davit').length > 0)
    leaving.abort(new Error('nobody needs it'))
    await asking
    await engine.ask(io, () => engine.docker.version())
    expect(io.texts('davit')).toEqual([expect.stringMatching(/has not answered for 0\.1 s; waiting for it\.$/), 'The engine answers again.'])
  })

  it('is said to answer again while what it was asked goes on, where that takes long', async () => {
    answers = [...Array<{ status: number; message: string }>(5).fill({ status: 503, message: 'not yet' }), { status: 200, message: '' }]
    const io = recordIo()
    const engine = openEngine(join(folder, 'engine.sock'))
    const said = engine.change(io, async () => {
      await engine.docker.version()
      await engine.ask(io, () => engine.docker.ping())
      return io.texts('davit').slice(1)
    }, { takesLong: true })
    expect(await said).toEqual(['The engine answers again.'])
  })

  it('is said to answer again also where it then refuses what it was asked', async () => {
    answers = [{ status: 'none', message: '' }]
    const io = recordIo()
    const engine = openEngine(join(folder, 'engine.sock'), { answerMs: 60_000, silentMs: 100 })
    const asking = expect(engine.change(io, (limit) => within(limit, engine.docker.version()))).rejects.toMatchObject({ statusCode: 409 })
    await until('it is asked, and says so', () => unanswered.length > 0 && io.texts('davit').length > 0)
    unanswered.shift()?.writeHead(409, { 'content-type': 'application/json' }).end('{"message":"it is in use"}')
    await asking
    expect(io.texts('davit').slice(1)).toEqual(['The engine answers again.'])
  })

  it('is taken at its word when no waiting would mend it', async () => {
    answers = [{ status: 500, message: 'write /data: no space left on device' }]
    await expect(ask()).rejects.toMatchObject({ statusCode: 500, message: expect.stringContaining('no space left on device') })
    expect(asked).toBe(1)
  })

  it('is not blamed for what fails on our side', async () => {
    answers = [{ status: 200, message: '' }]
    const lost = Object.assign(new Error('the db is away'), { code: 'ECONNREFUSED' })
    await expect(ask({ ...recordIo(), guard: () => Promise.reject(lost) })).rejects.toBe(lost)
    expect(asked).toBe(0)
  })

  it('is named with its socket when there is none', async () => {
    const engine = openEngine(join(folder, 'nobody.sock'))
    await expect(engine.ask(null, () => engine.docker.version())).rejects.toMatchObject({ name: 'Refusal', code: 'unavailable', message: expect.stringMatching(/nobody\.sock does not answer/) })
  }, 30_000)
})

it('waits for no answer longer than its limit, where the client cannot break off the question', async () => {
  const limit = new AbortController()
  const waiting = within(limit.signal, new Promise<never>(() => {}))
  limit.abort(new Error('a minute is over'))
  await expect(waiting).rejects.toThrow('a minute is over')
  expect(await within(new AbortController().signal, Promise.resolve('an answer'))).toBe('an answer')
})
