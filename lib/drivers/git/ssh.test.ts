import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { connect, createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pullRequest, recordIo, until } from '../contract/world.ts'
import { openLocalWorld, type LocalWorld } from '../local/local-world.ts'

const sshd = '/usr/sbin/sshd'
const withoutKey = [null, 'token-0123456789-abcdef']

describe('an ssh source without a deploy key', () => {
  let world: LocalWorld
  beforeAll(() => {
    world = openLocalWorld({})
  })
  afterAll(() => world.close())

  async function reasonOf(port: number, credential: string | null): Promise<string> {
    const source = await world.makeSource({ procfile: 'web: serve' })
    const sources = [{ url: `ssh://git@127.0.0.1:${port}/shop.git`, credential }]
    return await world.driver.pull(pullRequest(source, { sources }), recordIo()).then(() => 'it was fetched', ({ message }: Error) => message)
  }

  it.each(withoutKey)('is tried all the same, and says that no host answers (credential: %s)', async (credential) => {
    expect(await reasonOf(9, credential)).toMatch(/^main could not be fetched: host unreachable: .*Connection refused/)
  })

  describe.skipIf(!existsSync(sshd) || process.getuid?.() !== 0)('where a host answers', () => {
    const servers: ChildProcess[] = []
    afterAll(() => servers.forEach((server) => server.kill('SIGKILL')))

    async function serveSsh(port: number, name: string): Promise<void> {
      mkdirSync('/run/sshd', { recursive: true })
      const key = join(world.root, name)
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key])
      writeFileSync(`${key}.config`, `ListenAddress 127.0.0.1:${port}\nHostKey ${key}\nPidFile none\nUsePAM no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n`)
      const server = spawn(sshd, ['-D', '-f', `${key}.config`], { stdio: 'ignore' })
      servers.push(server)
      await until('sshd listens', () => new Promise((resolve) => {
        const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false))
        socket.on('close', () => socket.destroy()).end()
      }))
    }

    it('says that it may need one, and holds the host to its key', async () => {
      const probe = createServer().listen(0, '127.0.0.1')
      await once(probe, 'listening')
      const { port } = probe.address() as AddressInfo
      probe.close()
      await serveSsh(port, 'first')
      for (const credential of withoutKey) expect(await reasonOf(port, credential)).toMatch(/^main could not be fetched: authentication failed: .*Permission denied \(publickey\)\. It may be private, and need a deploy key, or not be there$/)
      const looked = world.driver.preview({ owner: null, sources: [{ url: `ssh://git@127.0.0.1:${port}/shop.git`, credential: null }], ref: 'main' }, recordIo().signal)
      await expect(looked).rejects.toMatchObject({ fields: { 'sources.0.url': expect.stringMatching(/^Davit cannot fetch from here\. Authentication failed: .*\(publickey\)\. It may be private, and need a deploy key, or not be there$/) } })
      const gone = once(servers[0]!, 'exit')
      servers[0]!.kill('SIGKILL')
      await gone
      await serveSsh(port, 'second')
      expect(await reasonOf(port, null)).toMatch(/^main could not be fetched: the host has another key than it had/)
    })
  })
})
