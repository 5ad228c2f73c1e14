import { execFileSync } from 'node:child_process'
import { chownSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { owner, pullRequest, recordIo, until } from '../contract/world.ts'
import { openLocalWorld, type LocalWorld } from './local-world.ts'

const token = 'token-0123456789-abcdef'

describe('a look at a source', () => {
  let world: LocalWorld
  let silent: Server
  const callers: Socket[] = []
  beforeAll(async () => {
    world = openLocalWorld({})
    silent = createServer((socket) => void callers.push(socket.on('error', () => {}).resume()))
    silent.listen(0, '127.0.0.1')
    await once(silent, 'listening')
  })
  afterAll(async () => {
    for (const socket of callers) socket.destroy()
    silent.close()
    await world.close()
  })

  const silentUrl = (path = 'x') => `http://127.0.0.1:${(silent.address() as AddressInfo).port}/${path}`
  const at = (url: string, changes: object = {}) => ({ owner: null, sources: [{ url, credential: null }], ref: 'main', ...changes })
  const looks = () => readdirSync(join(world.options.folder, 'git')).filter((name) => name.startsWith('look-'))
  const patience = () => AbortSignal.timeout(30_000)
  const key = `-----BEGIN OPENSSH PRIVATE KEY-----\n${token}\n-----END OPENSSH PRIVATE KEY-----`

  it('is ended whole when it takes too long, and leaves nothing', async () => {
    for (const credential of [token, key]) {
      const leave = new AbortController()
      const reason = new Error('ten seconds are over')
      const called = callers.length
      const looked = expect(world.driver.preview(at(silentUrl('slow'), { sources: [{ url: silentUrl('slow'), credential }] }), leave.signal)).rejects.toBe(reason)
      await until('git has called', () => callers.length > called)
      expect(await world.visibleCommandLines()).toContain(silentUrl('slow'))
      expect(await world.visibleCommandLines()).not.toContain(token)
      leave.abort(reason)
      await looked
      expect(await world.visibleCommandLines()).not.toContain(silentUrl('slow'))
      expect(looks()).toEqual([])
      expect(() => execFileSync('grep', ['-rqF', token, world.root])).toThrow(expect.objectContaining({ status: 1 }))
    }
  })

  it('cannot be told while as many as may look do so, and can once one has ended', async () => {
    const leave = new AbortController()
    const called = callers.length
    const looked = [1, 2, 3, 4].map((n) => world.driver.preview(at(silentUrl(`busy-${n}`)), leave.signal).catch((error: unknown) => error))
    await until('all have called', () => callers.length >= called + 4)
    const source = await world.makeSource({ procfile: 'web: serve' })
    expect(await world.another.preview(at(source.url), patience())).toBeNull()
    leave.abort(new Error('enough'))
    await Promise.all(looked)
    expect(await world.another.preview(at(source.url), patience())).toMatchObject({ version: source.commit })
  })

  it('fetches into the cache of the app, so that the pull has it already, and clears away what a killed one left there', async () => {
    const source = await world.makeSource({ procfile: 'web: serve' })
    const cache = join(world.options.folder, 'git', String(owner.id))
    await world.driver.preview(at(source.url, { owner }), patience())
    const left = [join(cache, 'key-0123'), join(cache, 'shallow.lock'), join(cache, 'objects/pack/tmp_pack_x')]
    for (const path of left) writeFileSync(path, token)
    expect(execFileSync('git', ['-c', 'safe.directory=*', '-C', cache, 'cat-file', '-t', source.commit], { encoding: 'utf8' })).toBe('commit\n')
    expect(await world.driver.pull(pullRequest(source), recordIo())).toMatchObject({ version: source.commit })
    expect(left.filter((path) => existsSync(path))).toEqual([])
  })

  it('begins anew where a look was killed', async () => {
    const source = await world.makeSource({ procfile: 'web: serve' })
    mkdirSync(join(world.options.folder, 'git/look-0/objects'), { recursive: true })
    writeFileSync(join(world.options.folder, 'git/look-0/key-0123'), token)
    expect(await world.driver.preview(at(source.url), patience())).toMatchObject({ version: source.commit })
    expect(looks()).toEqual([])
  })

  it('says with what a file may not be, as the pull does', async () => {
    const long = '#'.repeat(65_537)
    const linked = await world.makeSource({ procfile: 'web: serve' }, { 'davit.yml': '/etc/passwd' })
    const folder = await world.makeSource({ procfile: 'web: serve' })
    mkdirSync(join(folder.url, 'davit.yml'))
    writeFileSync(join(folder.url, 'davit.yml/x'), '')
    await folder.push({ procfile: 'web: serve' })
    for (const [source, says] of [
      [linked, 'davit.yml is a link; put the file itself into the repository.'],
      [folder, 'davit.yml is not a file; put a file of that name at the root of the repository.'],
      [await world.makeSource({ procfile: long }), 'Procfile has 65537 bytes; 65536 is the limit.'],
    ] as const) {
      await expect(world.driver.preview(at(source.url), patience())).rejects.toMatchObject({ name: 'Refusal', code: 'invalid', message: says })
      await expect(world.driver.pull(pullRequest(source), recordIo())).rejects.toMatchObject({ message: says })
    }
    const whole = await world.makeSource({ procfile: 'web: serve', davitYml: long.slice(1) })
    expect(await world.driver.preview(at(whole.url), patience())).toMatchObject({ declared: { davitYml: long.slice(1) } })
  })

  it('advises a key where a server wants one to sign in', async () => {
    const door = createHttpServer((_request, response) => response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end())
    door.listen(0, '127.0.0.1')
    await once(door, 'listening')
    const url = `http://127.0.0.1:${(door.address() as AddressInfo).port}/x.git`
    const error = await world.driver.preview(at(url), patience()).then(() => null, (reason: { fields: Record<string, string> }) => reason)
    door.close()
    expect(error?.fields['sources.0.url']).toMatch(/^Davit cannot fetch from here\. Authentication failed: .*It may be private, and need a deploy key or token, or not be there$/)
  })

  it.skipIf(process.getuid?.() !== 0)('runs git under a uid that owns nothing else', async () => {
    const source = await world.makeSource({ procfile: 'web: serve' })
    chownSync(source.url, 0, 0)
    execFileSync('chmod', ['700', source.url])
    await expect(world.driver.preview(at(source.url), patience())).rejects.toMatchObject({
      code: 'unavailable', fields: { 'sources.0.url': expect.stringMatching(/Permission denied: the uid \d+, as which git runs/) },
    })
  })
})
