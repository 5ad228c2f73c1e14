import { execFile, execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pullRequest, recordIo } from '../contract/world.ts'
import { openLocalWorld, type LocalWorld } from './local-world.ts'
import { openLocks } from '../machine/lock.ts'
import { openReservations, openUids } from '../machine/reservation.ts'

const token = 'token-0123456789-abcdef'
const backend = join(execFileSync('git', ['--exec-path'], { encoding: 'utf8' }).trim(), 'git-http-backend')

/** Git's own server, behind a door that wants a password. */
function serveGit(root: string, asked: string[], commandLines: () => Promise<string>, seen: string[]): Server {
  return createServer(async (request, response) => {
    asked.push(request.headers.authorization ?? '')
    seen.push(await commandLines())
    if (request.headers.authorization === undefined) return void response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end()
    const url = new URL(request.url ?? '/', 'http://git')
    const env = {
      ...process.env, GIT_PROJECT_ROOT: root, GIT_HTTP_EXPORT_ALL: '1', PATH_INFO: url.pathname, QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method, CONTENT_TYPE: request.headers['content-type'] ?? '', GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
    }
    const cgi = execFile(backend, { env, encoding: 'buffer', maxBuffer: 1e8 }, (_, stdout) => {
      const end = stdout.indexOf('\r\n\r\n')
      for (const line of stdout.subarray(0, end).toString().split('\r\n')) response.appendHeader(...(line.split(': ') as [string, string]))
      response.removeHeader('status')
      response.end(stdout.subarray(end + 4))
    })
    if (cgi.stdin) request.pipe(cgi.stdin)
  })
}

describe('a credential', () => {
  let world: LocalWorld
  let server: Server
  const asked: string[] = []
  const seen: string[] = []
  beforeAll(async () => {
    world = openLocalWorld({})
    server = serveGit(world.root, asked, world.visibleCommandLines, seen)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  afterAll(async () => {
    server.close()
    await world.close()
  })

  it('goes to the host it is for, and into no command line, log or file', async () => {
    const source = await world.makeSource({ procfile: 'web: serve' })
    const url = source.url.replace(world.root, `http://127.0.0.1:${(server.address() as AddressInfo).port}`) + '/.git'
    const io = recordIo()
    const image = await world.driver.pull(pullRequest(source, { sources: [{ url, credential: `deployer:${token}` }] }), io)
    expect(image.version).toBe(source.commit)
    expect(asked).toContain(`Basic ${Buffer.from(`deployer:${token}`).toString('base64')}`)
    expect(seen.join('\n')).not.toContain(token)
    expect(io.texts().join('\n')).not.toContain(token)
    expect(() => execFileSync('grep', ['-rqF', token, world.root])).toThrow(expect.objectContaining({ status: 1 }))
  })

  it('for ssh reaches the host, also from a uid that has no name on this machine', async () => {
    const source = await world.makeSource({ procfile: 'web: serve' })
    const sources = [{ url: 'ssh://git@127.0.0.1:9/shop.git', credential: '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----' }]
    await expect(world.driver.pull(pullRequest(source, { sources }), recordIo())).rejects.toMatchObject({ message: expect.stringContaining('host unreachable: ') })
  })

  it('is refused in words when there is none and one is wanted', async () => {
    const source = await world.makeSource({ procfile: 'web: serve' })
    const url = source.url.replace(world.root, `http://127.0.0.1:${(server.address() as AddressInfo).port}`) + '/.git'
    const io = recordIo()
    const reason = expect.stringMatching(/^main could not be fetched: authentication failed: .*(could not read Username|Authentication failed)/)
    await expect(world.driver.pull(pullRequest(source, { sources: [{ url, credential: null }] }), io)).rejects.toMatchObject({ code: 'unavailable', message: reason })
    expect(io.texts('davit').join('\n')).toMatch(/could not read Username|Authentication failed/)
  })

  it.each([`http://${token}@127.0.0.1:9/x`, `http://127.0.0.1:9/x?key=${token}`])('is refused in an address, before git is given it: %#', async (url) => {
    const source = await world.makeSource({ procfile: 'web: serve' })
    const io = recordIo()
    const pulled = world.driver.pull(pullRequest(source, { sources: [{ url, credential: null }] }), io)
    await expect(pulled).rejects.toMatchObject({ code: 'invalid', message: expect.not.stringContaining(token) })
    expect(io.texts().join('\n')).not.toContain(token)
  })
})

describe('a source that gives nothing', () => {
  let world: LocalWorld
  beforeAll(() => {
    world = openLocalWorld({})
  })
  afterAll(() => world.close())

  async function reasonOf(...urls: string[]): Promise<string> {
    const source = await world.makeSource({ procfile: 'web: serve' })
    const sources = urls.map((url) => ({ url, credential: null }))
    return await world.driver.pull(pullRequest(source, { sources }), recordIo()).then(() => 'it was fetched', ({ message }: Error) => message)
  }

  it('is told with its reason: missing, unreachable, no repository, and each of several', async () => {
    const nowhere = join(world.root, 'nowhere')
    mkdirSync(join(world.root, 'no-repository'))
    expect(await reasonOf(nowhere)).toBe(`main could not be fetched: not found: there is no folder ${nowhere}`)
    expect(await reasonOf(`file://${nowhere}`)).toBe(`main could not be fetched: not found: there is no folder ${nowhere}`)
    expect(await reasonOf(join(world.root, 'no-repository'))).toMatch(/^main could not be fetched: not found: .*does not appear to be a git repository/)
    expect(await reasonOf('http://127.0.0.1:9/x.git')).toMatch(/^main could not be fetched: host unreachable: /)
    expect(await reasonOf(nowhere, 'http://127.0.0.1:9/x.git')).toMatch(/: \(source 1\) not found: .*; \(source 2\) host unreachable: /)
  })

  it.skipIf(process.getuid?.() !== 0)('is told when it is closed to the user git runs as', async () => {
    const source = await world.makeSource({ procfile: 'web: serve' })
    chmodSync(join(source.url, '.git'), 0o700)
    expect(await reasonOf(source.url)).toMatch(/^main could not be fetched: permission denied: the uid \d+, as which git runs, may not enter /)
    chmodSync(source.url, 0o700)
    expect(await reasonOf(source.url)).toMatch(/^main could not be fetched: permission denied: the uid \d+, as which git runs, may not enter /)
  })
})

describe('a version that is known', () => {
  it('is made again from the cache when no source answers', async () => {
    const world = openLocalWorld({})
    const source = await world.makeSource({ procfile: 'web: serve' })
    const image = await world.driver.pull(pullRequest(source), recordIo())
    await world.driver.removeImage(image.id)
    const sources = [{ url: world.deadUrl, credential: null }]
    expect(await world.driver.pull(pullRequest(source, { sources, version: image.version }), recordIo())).toEqual(image)
    await world.close()
  })
})

describe('openReservations', () => {
  it('hands out each number once, takes back what was abandoned, and refuses with the numbers', async () => {
    const world = openLocalWorld({})
    const holders = [1, 2, 3].map((n) => join(world.root, `holder-${n}`))
    for (const holder of holders) mkdirSync(holder)
    const ports = openReservations(join(world.root, 'r'), { first: 5, last: 6 }, 'ports', openLocks(join(world.root, 'rl')))
    const free = async () => true
    const taken = [await ports.take(holders[0] as string, free), await ports.take(holders[1] as string, free)]
    expect(taken.sort()).toEqual([5, 6])
    const third = () => ports.take(holders[2] as string, free)
    await expect(third()).rejects.toMatchObject({ name: 'Refusal', code: 'conflict', message: expect.stringMatching(/All 2 ports from 5 to 6/) })
    rmSync(holders[1] as string, { recursive: true })
    expect([5, 6]).toContain(await third())
    await world.close()
  })
})

describe('openUids', () => {
  it('keeps a uid for its holder until released, and hands a released one on only when no other is left', async () => {
    const world = openLocalWorld({})
    const open = () => openUids(join(world.root, 'u'), { first: 5, last: 7 }, openLocks(join(world.root, 'ul')))
    const [uids, others] = [open(), open()]
    expect([await uids.of('a'), await uids.of('b'), await others.of('a')]).toEqual([5, 6, 5])
    await others.release('a')
    await others.release('a')
    expect([await uids.of('c'), await uids.of('d')]).toEqual([7, 5])
    expect(await others.of('b')).toBe(6)
    await expect(uids.of('a')).rejects.toMatchObject({ name: 'Refusal', code: 'conflict' })
    await world.close()
  })
})
