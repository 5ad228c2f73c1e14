import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { owner, pullRequest, recordIo, until } from '../contract/world.ts'
import type { PreviewRequest, PullRequest } from '../driver.ts'
import { endLeft, outputOf } from './process.ts'
import { openLocalWorld, spawnRunner, type LocalWorld } from '../local/local-world.ts'
import { identify, isAlive, type ProcessIdentity } from '../machine/process.ts'

const modes = process.getuid?.() === 0 ? [true, false] : [false]

/** A host that names refs without end, so that git goes on for as long as it may. */
function serveEndlessRefs(): Server {
  const line = `003d${'0123456789'.repeat(4)} refs/heads/main\n`
  return createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/x-git-upload-pack-advertisement' })
    response.write('001e# service=git-upload-pack\n0000')
    const goOn = setInterval(() => response.write(line), 20)
    response.on('close', () => clearInterval(goOn)).on('error', () => {})
  })
}

for (const isolate of modes) {
  describe(`git of a process that is no more, ${isolate ? 'with' : 'without'} isolation`, () => {
    let world: LocalWorld
    let server: Server
    const runners: ChildProcess[] = []
    beforeAll(async () => {
      world = openLocalWorld({ isolate })
      server = serveEndlessRefs().listen(0, '127.0.0.1')
      await once(server, 'listening')
    })
    afterAll(async () => {
      for (const runner of runners) runner.kill('SIGKILL')
      server.closeAllConnections()
      server.close()
      await world.close()
    })

    const endless = (path: string) => ({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/${path}.git`, credential: null })
    /** What runs git there, and what git runs; not who asked for it. */
    const about = async (url: string) => (await world.visibleCommandLines()).split('\n').filter((line) => line.includes(url) && !line.includes('another-runner'))
    const notes = () => readdirSync(join(world.options.folder, 'git')).filter((name) => name.includes('process'))

    async function inTheMiddle(method: 'pull' | 'preview', input: PullRequest | PreviewRequest): Promise<ChildProcess> {
      const runner = spawnRunner(world, method, input)
      runners.push(runner)
      const url = input.sources[0]!.url
      await until('git talks to the host', async () => (await about(url)).some((line) => line.startsWith('/') && line.includes('git-remote-http')))
      return runner
    }

    it.each(['pull', 'preview'] as const)('ends whole with the process that was killed in the middle of a %s', async (method) => {
      const source = await world.makeSource({ procfile: 'web: serve' })
      const sources = [endless(`dies-in-${method}`)]
      const runner = await inTheMiddle(method, method === 'pull' ? pullRequest(source, { sources }) : { owner: null, sources, ref: 'main' })
      runner.kill('SIGKILL')
      await until('nothing of git is left', async () => (await about(sources[0]!.url)).length === 0)
      expect(await world.driver.pull(pullRequest(source), recordIo())).toMatchObject({ version: source.commit })
      expect(await world.driver.preview({ owner: null, sources: [{ url: source.url, credential: null }], ref: 'main' }, recordIo().signal)).toMatchObject({ version: source.commit })
      expect(notes()).toEqual([])
    })

    it('is ended, and its end awaited, before the next owner works in the same cache, also when its runner only sleeps', async () => {
      const source = await world.makeSource({ procfile: 'web: serve' })
      const request = pullRequest(source)
      const sources = [endless('sleeps')]
      const runner = await inTheMiddle('pull', { ...request, sources })
      runner.kill('SIGSTOP')
      const half = join(world.options.folder, 'git', String(owner.id), 'objects/pack/tmp_pack_x')
      writeFileSync(half, '')
      let left: string[] | null = null
      const io = recordIo()
      const pulled = world.driver.pull(request, { ...io, line: async () => void (left ??= await about(sources[0]!.url)) })
      expect(await pulled).toMatchObject({ version: source.commit })
      expect(left).toEqual([])
      expect(existsSync(half)).toBe(false)
      runner.kill('SIGKILL')
      await until('the sleeper is gone', () => runner.signalCode !== null)
      expect(notes()).toEqual([])
    })
  })
}

describe.skipIf(process.platform !== 'linux')('endLeft', () => {
  it('ends the helpers of a git that has ended itself, and nobody who got its number later', async () => {
    const world = openLocalWorld({})
    const cache = join(world.options.folder, 'git', '1')
    const note = (name: string, leader: ProcessIdentity) => writeFileSync(`${cache}-process-${name}`, JSON.stringify(leader))
    const helper = (): Promise<[ProcessIdentity, ProcessIdentity]> => new Promise((resolve) => {
      const leader = spawn('/bin/sh', ['-c', 'sleep 300 >/dev/null & echo $!; read _'], { detached: true, stdio: ['pipe', 'pipe', 'ignore'] })
      const started = identify(leader.pid!)!
      leader.stdout.once('data', (pid) => resolve([started, identify(Number(pid))!]))
      leader.once('exit', () => {})
      leader.stdin.end('over\n')
    })
    const [left, stranger] = [await helper(), await helper()]
    for (const [leader] of [left, stranger]) await until('the leader has ended', () => !isAlive(leader))
    note('1-1', left[0])
    note('1-2', { ...stranger[0], bootId: 'an earlier boot' })
    note('1-3', { ...stranger[0], startTicks: stranger[0].startTicks - 100 * 86_400 })
    await endLeft(cache)
    expect([left[1], stranger[1]].map(isAlive)).toEqual([false, true])
    expect(readdirSync(join(world.options.folder, 'git'))).toEqual([])
    process.kill(stranger[1].pid, 'SIGKILL')
    await world.close()
  })
})

it('git that could not be noted has not begun', async () => {
  const world = openLocalWorld({})
  const [begun, nowhere] = [join(world.root, 'begun'), join(world.root, 'nowhere', '1')]
  const call = { argv: ['/usr/bin/touch', begun] as [string, string], env: {}, cache: nowhere, tree: join(import.meta.dirname, 'tree.sh') }
  await expect(outputOf(call, new AbortController().signal)).rejects.toMatchObject({ code: 'ENOENT' })
  await until('nothing of it is left', async () => !(await world.visibleCommandLines()).includes(begun))
  expect(existsSync(begun)).toBe(false)
  await world.close()
})
