import { once } from 'node:events'
import { chmodSync } from 'node:fs'
import { createServer, request, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeImages } from '../contract/images.ts'
import { describeKept } from '../contract/kept.ts'
import { freshName, makeSpec, owner, pullRequest, recordIo, until, type TestSource } from '../contract/world.ts'
import { createDockerDriver } from './driver.ts'
import { moveOut, openDockerWorld, type DockerWorld } from './docker-world.ts'
import { readMessages } from './messages.ts'
import { lastLayer, openRegistryBetween } from './test-between.ts'
import { canHaveEngine, openTestEngine } from './test-engine.ts'

describe.runIf(canHaveEngine())('images from a Dockerfile', () => {
  let world: DockerWorld
  beforeAll(async () => {
    world = await openDockerWorld(await openTestEngine(), 'repository')
  })
  afterAll(async () => {
    await world.close()
  })

  describeImages(() => world)
  describeKept(() => world)

  const dockerfile = (...lines: string[]): TestSource => world.makeRepository({ Dockerfile: lines.join('\n') })
  const pull = (source: TestSource, changes: object = {}) => world.driver.pull(pullRequest(source, changes), recordIo())
  const refusal = (code: string, message: RegExp) => ({ name: 'Refusal', code, message: expect.stringMatching(message) })

  it("has one service with the image's own command where there is no Procfile", async () => {
    const source = dockerfile('FROM davit-test:base', 'ENTRYPOINT ["node"]', `CMD ["-e", "console.log('it is me')"]`)
    const image = await pull(source)
    expect(image.procfile).toBe(`web: node -e 'console.log('\\''it is me'\\'')'\n`)
    const io = recordIo()
    const spec = { name: freshName('own'), owner, environment: 1, image: image.id, place: 'docker', command: (image.procfile as string).slice('web: '.length, -1), variables: {}, port: false, fence: 1 }
    expect(await world.driver.runOnce(spec, io)).toBe(0)
    expect(io.texts(spec.name)).toEqual(['it is me'])
  })

  it('tells beforehand what a repository declares, and no more than its commit where only its build would tell', async () => {
    const look = ({ url }: TestSource) => world.driver.preview({ owner: null, sources: [{ url, credential: null }], ref: 'main' }, AbortSignal.timeout(30_000))
    const before = await world.everything()
    const declaring = world.makeRepository({ Dockerfile: 'FROM davit-test:base', Procfile: 'web: serve', 'davit.yml': 'services: {}' })
    expect(await look(declaring)).toEqual({ version: declaring.commit, declared: { procfile: 'web: serve', davitYml: 'services: {}' } })
    const building = dockerfile('FROM davit-test:base', 'CMD ["node"]')
    expect(await look(building)).toEqual({ version: building.commit, declared: null })
    expect(await world.everything()).toEqual(before)
  })

  it('are fetched by git under a uid of its own, which is closed out of what it may not read', async () => {
    const source = dockerfile('FROM davit-test:base', 'CMD ["node"]')
    chmodSync(join(source.url, '.git'), 0o700)
    await expect(pull(source)).rejects.toMatchObject(refusal('unavailable', /permission denied: the uid 6400\d\d, as which git runs/))
  })

  it("are not fetched from this machine's folders where git is Davit's own user", async () => {
    const source = dockerfile('FROM davit-test:base', 'CMD ["node"]')
    const driver = createDockerDriver({ ...world.options, isolate: false })
    const own = { ...refusal('invalid', /fetches nothing from folders of this machine/), fields: { 'sources.0.url': expect.any(String) } }
    for (const url of [source.url, `file://${source.url}`, `FILE://${source.url}`]) {
      const sources = [{ url, credential: null }]
      await expect(driver.pull(pullRequest(source, { sources }), recordIo())).rejects.toMatchObject({ name: 'Refusal' })
      await expect(driver.preview({ owner: null, sources, ref: 'main' }, AbortSignal.timeout(30_000))).rejects.toMatchObject({ name: 'Refusal' })
    }
    await expect(driver.pull(pullRequest(source), recordIo())).rejects.toMatchObject(own)
  })

  it('leaves nothing of a build that failed, and says at which line', async () => {
    const source = dockerfile('FROM davit-test:base', 'RUN node -e "process.exit(0)"', 'RUN node -e "process.exit(9)"')
    const before = await world.everything()
    await expect(pull(source, { owner: { id: 91, handle: 'failing' } })).rejects.toMatchObject(refusal('invalid', /exit code 9 at ".*process.exit\(9\)/))
    await world.driver.forget(91)
    expect(await world.everything()).toEqual(before)
  })

  it.each(['the next build of the same app', 'a rollback', 'the end of the app'])('leaves nothing of a build whose runner died in the middle of it, after %s', async (what) => {
    const dying = { id: 95, handle: 'dying' }
    await pull(dockerfile('FROM davit-test:base', `LABEL before="${what}"`, 'CMD ["node"]'), { owner: dying })
    const before = await world.everything()
    const io = recordIo()
    const steps = ['RUN node -e "process.exit(0)"', `COPY Dockerfile /${what.length}`, `RUN node -e "console.log('stays'); setInterval(() => {}, 1000)"`]
    const request = pullRequest(dockerfile('FROM davit-test:base', ...steps), { owner: dying })
    const building = expect(world.driver.pull(request, io)).rejects.toThrow('the runner is dead')
    await until('it builds', () => io.texts(request.name).includes('stays'))
    io.guard = () => Promise.reject(new Error('the runner is dead'))
    io.abort(new Error('the runner is dead'))
    await building
    expect((await world.everything()).length).toBeGreaterThan(before.length)
    if (what === 'a rollback') await world.another.remove(request)
    else if (what === 'the end of the app') await world.another.forget(dying.id)
    else await expect(world.another.pull(pullRequest(dockerfile('FROM davit-test:base', 'JUMP'), { owner: dying }), recordIo())).rejects.toThrow('JUMP')
    const left = (await world.everything()).filter((one) => !before.includes(one))
    expect(left.filter((one) => /^(image|network|container|builds)/.test(one))).toEqual([])
    await world.driver.forget(dying.id)
  })

  it('keeps a command of a build from more than half of the memory', async () => {
    const source = dockerfile('FROM davit-test:base', `RUN node -e "console.log(fs.readFileSync(fs.existsSync('/sys/fs/cgroup/memory.max') ? '/sys/fs/cgroup/memory.max' : '/sys/fs/cgroup/memory/memory.limit_in_bytes', 'utf8'))"`, 'CMD ["node"]')
    const io = recordIo()
    const request = pullRequest(source)
    await world.driver.pull(request, io)
    const { MemTotal } = (await world.engine.docker.info()) as { MemTotal: number }
    expect(io.texts(request.name).map(Number).find((bytes) => bytes > 0)).toBeLessThanOrEqual(MemTotal / 2)
  })

  it('refuses a Dockerfile that is wrong, missing, or stands on an image that cannot be had', async () => {
    await expect(pull(dockerfile('FROM davit-test:base', 'JUMP'))).rejects.toMatchObject(refusal('invalid', /unknown instruction: JUMP/))
    await expect(pull(dockerfile('FROM 127.0.0.1:9/nothing:1'))).rejects.toMatchObject(refusal('invalid', /127\.0\.0\.1:9/))
    await expect(pull(world.makeRepository({ Procfile: 'web: serve' }))).rejects.toMatchObject(refusal('invalid', /no Dockerfile.*Add one/))
  })

  it("keeps an app's variables out of labels, of the history of its image and of its build", async () => {
    const secret = 'xyzzy-plugh-0123456789'
    const source = dockerfile('FROM davit-test:base', 'ARG TOKEN', 'RUN node -e "console.log(process.env.TOKEN)"', 'CMD ["node"]')
    const io = recordIo()
    const image = await world.driver.pull(pullRequest(source, { variables: { TOKEN: secret } }), io)
    expect(io.texts().join('\n')).not.toContain(secret)
    const spec = await makeSpec(world, 'serve', { image: image.id, command: 'node -e "setInterval(() => {}, 1000)"', variables: { TOKEN: secret } })
    await world.driver.start(spec, recordIo())
    const { docker } = world.engine
    const all = [await docker.listContainers({ all: true }), await docker.listImages(), await docker.listNetworks()]
    expect(JSON.stringify(all)).not.toContain(secret)
    for (const { Id } of await docker.listImages({ all: true })) expect(JSON.stringify(await docker.getImage(Id).history())).not.toContain(secret)
  })

  it('counts as healthy what the HEALTHCHECK of its image says is healthy', async () => {
    const check = { kind: 'uptime', uptimeSeconds: 0 } as const
    const probed = async (code: number) => {
      const image = await pull(dockerfile('FROM davit-test:base', `HEALTHCHECK --interval=1s --retries=1 CMD ["node", "-e", "console.log('the moon is not up'); console.log('half a line of '.repeat(500)); process.exit(${code})"]`, 'CMD ["node"]'))
      const spec = await makeSpec(world, 'serve', { image: image.id, command: 'node -e "console.log(1); setInterval(() => {}, 1000)"' })
      await world.driver.start(spec, recordIo())
      await world.driver.waitUntilHealthy(spec, check, recordIo())
    }
    await probed(0)
    await expect(probed(1)).rejects.toMatchObject(refusal('conflict', /unhealthy by the HEALTHCHECK of its image, which ended with exit code 1 and said "the moon is not up". Its last lines:\n1$/))
  })

  it("runs the image's own command where there is no shell, and tells of any other that there is none", async () => {
    const image = await pull(dockerfile('FROM davit-test:base', `RUN node -e "fs.rmSync('/bin/sh')"`, `CMD ["node", "-e", "console.log('bare')"]`))
    const io = recordIo()
    const spec = await makeSpec(world, 'serve', { image: image.id, command: (image.procfile as string).slice('web: '.length, -1) })
    expect(await world.driver.runOnce(spec, io)).toBe(0)
    expect(io.texts(spec.name)).toEqual(['bare'])
    const other = { ...spec, name: freshName('shell'), command: 'node --version' }
    await world.driver.start(other, recordIo())
    const waited = world.driver.waitUntilHealthy(other, { kind: 'uptime', uptimeSeconds: 60 }, recordIo())
    await expect(waited).rejects.toMatchObject(refusal('conflict', /exec \/bin\/sh failed/))
  })

  it('takes from a container what it may not have', async () => {
    const spec = await makeSpec(world, 'serve', { command: 'node -e "Buffer.alloc(500e6, 1); console.log(1)"', limits: { memoryMb: 128, cpus: 0.5 } })
    expect(await world.driver.runOnce(spec, recordIo())).toBe(137)
  })
})

describe.runIf(canHaveEngine())('images from a registry', () => {
  const secret = 'xyzzy-plugh-0123456789'
  let world: DockerWorld
  let guard: { address: string; close(): void }
  beforeAll(async () => {
    world = await openDockerWorld(await openTestEngine(), 'image')
    guard = await openGuard(world.engine.registry, `davit:${secret}`)
  })
  afterAll(async () => {
    guard.close()
    await world.close()
  })

  it('come from a private one by its credential, which is shown nowhere', async () => {
    const { url, commit } = await world.makeImage({ procfile: 'web: serve' })
    const guarded = url.replace(world.engine.registry, guard.address)
    const io = recordIo()
    const pull = (credential: string | null) => world.driver.pull({ ...pullRequest({ url, commit, buildCommand: null, push: async () => '' }), sources: [{ url: guarded, credential }] }, io)
    await expect(pull(null)).rejects.toMatchObject({ name: 'Refusal', code: 'unavailable' })
    await expect(pull(`davit:${secret}x`)).rejects.toMatchObject({ name: 'Refusal', message: expect.not.stringContaining(secret) })
    expect(await pull(`davit:${secret}`)).toMatchObject({ version: commit, made: true })
    expect(io.texts().join('\n')).not.toContain(secret)
    expect(JSON.stringify(await world.engine.docker.listImages())).not.toContain(secret)
  })

  it('come from what stands in for their registry, the first that answers', async () => {
    const { url, commit } = await world.makeImage({ procfile: 'web: serve' })
    const { registry } = world.engine
    const registries = [
      { address: '127.0.0.1:9', mirrorOf: registry, credential: null },
      { address: guard.address, mirrorOf: registry, credential: `davit:${secret}` },
    ]
    const driver = createDockerDriver({ ...world.options, registries })
    const wanted = { sources: [{ url, credential: null }], ref: 'main' }
    const io = recordIo()
    expect(await driver.pull({ ...pullRequest({ url, commit, buildCommand: null, push: async () => '' }), ...wanted }, io)).toMatchObject({ version: commit, made: true })
    const path = url.slice(registry.length)
    expect(io.texts('davit')).toEqual([
      expect.stringContaining(`Could not fetch main from 127.0.0.1:9${path} (source 1 of 3): `),
      `Fetched main from ${guard.address}${path} (source 2 of 3): ${commit}`,
    ])
    // What a mirror does is no fault of what the app was given.
    await expect(driver.preview({ ...wanted, ref: 'nothing', owner: null }, AbortSignal.timeout(30_000))).rejects.toMatchObject({ code: 'invalid', fields: { ref: expect.stringContaining('No source has nothing') } })
    await expect(driver.preview({ ...wanted, ref: 'nothing', owner: null }, AbortSignal.timeout(30_000))).rejects.toMatchObject({ fields: expect.not.objectContaining({ 'sources.0.url': expect.anything() }) })
  })

  it.each([
    ['while it is asked for a digest', /\/blobs\/|\/manifests\//],
    ['in the middle of a layer', null],
  ])('leave a registry that says nothing when told to, %s, and nothing of theirs', async (_, silent) => {
    const { url, commit } = await world.makeImage({ procfile: 'web: serve' })
    const { registry } = world.engine
    const layer = await lastLayer(registry, url.slice(registry.length + 1), 'main')
    const hanging = await openRegistryBetween(registry, (path) => ((silent ?? new RegExp(layer)).test(path) ? 'hold' : 'pass'))
    const sources = [{ url: url.replace(registry, hanging.address), credential: null }]
    const before = await world.everything()
    const io = recordIo()
    const reason = new Error('cancelled')
    const request = pullRequest({ url, commit, buildCommand: null, push: async () => '' }, { owner: { id: 95, handle: 'hasty' }, sources })
    const pulled = expect(world.driver.pull(request, io)).rejects.toBe(reason)
    await until('it is asked', () => hanging.held() > 0)
    io.abort(reason)
    await pulled
    await world.driver.forget(95)
    expect(await world.everything()).toEqual(before)
    hanging.close()
  })

  it('are what a Dockerfile stands on, also from a private one that the stack has a credential for', async () => {
    const { url } = await world.makeImage({ procfile: 'web: serve' })
    const { url: repository } = world.makeRepository({ Dockerfile: `FROM ${url.replace(world.engine.registry, guard.address)}:main\nCMD ["node"]` })
    const build = (credential: string | null) => {
      const driver = createDockerDriver({ ...world.options, registries: [{ address: guard.address, mirrorOf: null, credential }] })
      return driver.pull(pullRequest({ url: repository, commit: '', buildCommand: null, push: async () => '' }, { owner: { id: 96, handle: 'standing' } }), recordIo())
    }
    await expect(build(null)).rejects.toMatchObject({ name: 'Refusal', code: 'invalid' })
    expect(await build(`davit:${secret}`)).toMatchObject({ made: true })
    for (const { Id } of await world.engine.docker.listImages({ all: true })) expect(JSON.stringify(await world.engine.docker.getImage(Id).history())).not.toContain(secret)
    await world.driver.forget(96)
  })

  it('stay the same bytes by their digest when the tag has moved, also fetched anew', async () => {
    const source = await world.makeImage({ procfile: 'web: first' })
    const first = await world.driver.pull(pullRequest(source), recordIo())
    await source.push({ procfile: 'web: second' })
    await world.driver.removeImage(first.id)
    expect(await world.driver.pull(pullRequest(source, { version: first.version }), recordIo())).toEqual(first)
  })

  it('are looked for in the registry, by tag or digest, and not fetched for a look', async () => {
    const source = await world.makeImage({ procfile: 'web: serve' })
    const asked: string[] = []
    const front = await openFront(world.engine.registry, (incoming) => (asked.push(`${incoming.url}`), false))
    const sources = [{ url: source.url.replace(world.engine.registry, front.address), credential: null }]
    const look = (ref: string) => world.driver.preview({ owner: null, sources, ref }, AbortSignal.timeout(30_000))
    for (const ref of ['main', source.commit]) expect(await look(ref)).toEqual({ version: source.commit, declared: null })
    const nothing = `sha256:${'0'.repeat(64)}`
    for (const ref of ['nothing', nothing]) await expect(look(ref)).rejects.toMatchObject({ name: 'Refusal', code: 'invalid', fields: { ref: expect.stringContaining('No source has') } })
    // Layers, that is; what says which machine it is for is a blob as well, and small.
    const { docker } = world.engine
    await world.driver.pull(pullRequest(source), recordIo())
    expect((await docker.listImages()).flatMap(({ RepoDigests }) => RepoDigests ?? []).join()).not.toContain(front.address)
    expect(asked.filter((path) => path.includes('/blobs/')).length).toBeLessThanOrEqual(2)
    front.close()
  })

  it('leave what others have fetched or named as they were', async () => {
    const { docker } = world.engine
    const source = await world.makeImage({ procfile: 'web: serve' })
    for await (const _ of readMessages((await docker.pull(`${source.url}:main`)) as Readable));
    const before = await world.everything()
    const theirs = { id: 92, handle: 'theirs' }
    const image = await world.driver.pull(pullRequest(source, { owner: theirs }), recordIo())
    expect(image.made).toBe(true)
    await world.driver.forget(theirs.id)
    expect(await world.everything()).toEqual(before)
  })

  it('are refused when they are made for other machines, and leave nothing', async () => {
    const { docker, registry } = world.engine
    const platform = process.arch === 'arm64' ? 'linux/amd64' : 'linux/arm64'
    const url = `${registry}/foreign`
    const { url: context } = world.makeRepository({ Dockerfile: 'FROM scratch\nCOPY Dockerfile /' })
    for await (const _ of await docker.buildImage({ context, src: ['Dockerfile'] }, { t: `${url}:main`, platform }));
    const commit = await moveOut(docker, `${url}:main`)
    const before = await world.everything()
    const source = { url, commit, buildCommand: null, push: async () => '' }
    const look = world.driver.preview({ owner: null, sources: [{ url, credential: null }], ref: 'main' }, AbortSignal.timeout(30_000))
    await expect(look).rejects.toMatchObject({ name: 'Refusal', code: 'invalid', message: expect.stringMatching(/is made for (arm|amd)64/) })
    await expect(world.driver.pull(pullRequest(source, { owner: { id: 93, handle: 'foreign' } }), recordIo())).rejects.toMatchObject({ name: 'Refusal', code: 'invalid', message: expect.stringMatching(/is made for (arm|amd)64/) })
    await world.driver.forget(93)
    expect(await world.everything()).toEqual(before)
  })
})

/** The registry, for whoever knows the password. */
async function openGuard(registry: string, credential: string): Promise<{ address: string; close(): void }> {
  const wanted = `Basic ${Buffer.from(credential).toString('base64')}`
  return await openFront(registry, ({ headers }) => headers.authorization !== wanted)
}

/** The registry, for all that is not refused. */
async function openFront(registry: string, isRefused: (incoming: IncomingMessage) => boolean): Promise<{ address: string; close(): void }> {
  const [hostname, port] = registry.split(':')
  const server = createServer((incoming, answer) => {
    if (isRefused(incoming)) return void answer.writeHead(401, { 'www-authenticate': 'Basic realm="davit"' }).end()
    const onward = request({ hostname, port, path: incoming.url, method: incoming.method, headers: incoming.headers }, (given) => {
      answer.writeHead(given.statusCode ?? 502, given.headers)
      given.pipe(answer)
    })
    incoming.pipe(onward)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { address: `127.0.0.1:${(server.address() as { port: number }).port}`, close: () => server.close() }
}
