import { describe, expect, it } from 'vitest'
import { Refusal } from '../../refusal.ts'
import { HandOver } from '../driver.ts'
import { freshName, makeSpec, pullRequest, recordIo, until, untilSaid, type Opened } from './world.ts'

const files = { procfile: 'web: serve\n', davitYml: 'services: {}\n' }

export function describeImages(world: Opened): void {
  describe('pull', () => {
    it('gives the version, the Procfile and davit.yml', async () => {
      const source = await world().makeSource(files)
      const image = await world().driver.pull(pullRequest(source), recordIo())
      expect(image).toMatchObject({ version: source.commit, made: true, ...files })
    })

    it('pulls once when asked twice', async () => {
      const source = await world().makeSource({ ...files, build: 'say three lines' })
      const first = await world().driver.pull(pullRequest(source), recordIo())
      const again = recordIo()
      expect(await world().another.pull(pullRequest(source), again)).toEqual({ ...first, made: false })
      expect(again.texts()).not.toContain('two')
    })

    it('makes one image when two runners pull at once', async () => {
      const source = await world().makeSource({ ...files, build: 'say three lines' })
      const drivers = [world().driver, world().another]
      const images = await Promise.all(drivers.map((driver) => driver.pull(pullRequest(source), recordIo())))
      expect(images.map((image) => image.made).sort()).toEqual([false, true])
      expect(images[0]?.id).toBe(images[1]?.id)
    })

    it('resolves a branch anew, a commit to itself, and a known version to that', async () => {
      const source = await world().makeSource(files)
      const first = source.commit
      const second = await source.push({ procfile: 'web: serve\nworker: serve\n' })
      const pull = (changes: object) => world().driver.pull(pullRequest(source, changes), recordIo())
      expect(await pull({ ref: 'main' })).toMatchObject({ version: second, procfile: 'web: serve\nworker: serve\n' })
      expect(await pull({ ref: first })).toMatchObject({ version: first, procfile: files.procfile })
      expect(await pull({ version: first })).toMatchObject({ version: first, made: false })
    })

    it('tries the sources in order and logs each try', async () => {
      const source = await world().makeSource(files)
      const io = recordIo()
      const sources = [world().deadUrl, source.url].map((url) => ({ url, credential: null }))
      expect(await world().driver.pull(pullRequest(source, { sources }), io)).toMatchObject({ version: source.commit })
      const said = io.texts('davit').join('\n')
      expect(said).toContain(`${world().deadUrl} (source 1 of 2)`)
      expect(said).toContain(`${source.url} (source 2 of 2)`)
    })

    it('refuses in one line with the reason when no source answers', async () => {
      const source = await world().makeSource(files)
      const sources = [{ url: world().deadUrl, credential: null }]
      await expect(world().driver.pull(pullRequest(source, { sources }), recordIo())).rejects.toMatchObject({
        name: 'Refusal', code: 'unavailable', message: expect.stringMatching(/^main could not be fetched: .+$/),
      })
    })

    it('refuses an unknown ref, and one that is an option in disguise', async () => {
      const source = await world().makeSource(files)
      for (const ref of ['no-such-branch', '--upload-pack=reboot', 'main..other']) {
        await expect(world().driver.pull(pullRequest(source, { ref }), recordIo())).rejects.toMatchObject({ name: 'Refusal', code: 'invalid' })
      }
    })

    it('refuses a tree without a Procfile and says what to do', async () => {
      const source = await world().makeSource({ procfile: null })
      const pulled = world().driver.pull(pullRequest(source), recordIo())
      await expect(pulled).rejects.toMatchObject({ name: 'Refusal', code: 'invalid', message: expect.stringMatching(/Procfile.*Add/) })
    })

    it('logs a build line by line, and refuses a failing one', async () => {
      const source = await world().makeSource({ ...files, build: 'crash' })
      const io = recordIo()
      const request = pullRequest(source)
      await expect(world().driver.pull(request, io)).rejects.toMatchObject({ name: 'Refusal', code: 'invalid', message: expect.stringContaining('exit code 3') })
      expect(io.texts(request.name)).toEqual(['cannot find the moon'])
      expect(await world().driver.inspect(request)).toBeNull()
    })

    for (const reason of [new Error('cancelled'), new HandOver()]) {
      it(`kills a build whole when aborted (${reason.message}), and builds from the start after that`, async () => {
        const source = await world().makeSource({ ...files, build: 'scatter' })
        const io = recordIo()
        const request = pullRequest(source)
        const pulled = world().driver.pull(request, io)
        const settled = expect(pulled).rejects.toBe(reason)
        await until('the build has scattered', () => io.texts().includes('scattered'))
        io.abort(reason)
        await settled
        expect(await world().countProcesses(request.name)).toBe(0)
        expect(await world().driver.list()).not.toContainEqual(expect.objectContaining({ name: request.name }))
        const next = { ...recordIo(), loggedUpTo: io.loggedUpTo }
        await source.push({ ...files, build: 'say three lines' })
        const again = await world().another.pull(pullRequest(source, { name: request.name }), next)
        expect(again.made).toBe(true)
        expect(next.texts(request.name)).toEqual(['one', 'two', 'three'])
      })
    }

    it('clears away what holds the name of the build', async () => {
      const left = await makeSpec(world(), 'scatter', { name: freshName('left') })
      await world().driver.start(left, recordIo())
      await untilSaid(world(), left.name, 'scattered')
      const source = await world().makeSource({ ...files, build: 'say three lines' })
      await world().another.pull(pullRequest(source, { name: left.name }), recordIo())
      expect(await world().countProcesses(left.name)).toBe(0)
    })

    it('keeps the images of two owners apart', async () => {
      const source = await world().makeSource(files)
      const one = await world().driver.pull(pullRequest(source), recordIo())
      const other = await world().driver.pull(pullRequest(source, { owner: { id: 2, handle: 'blog' } }), recordIo())
      expect(other.id).not.toBe(one.id)
    })
  })

  describe('removeImage', () => {
    it('removes an image, and is content when it is absent', async () => {
      const spec = await makeSpec(world(), 'serve')
      expect(await world().driver.hasImage(spec.image)).toBe(true)
      await world().driver.removeImage(spec.image)
      await world().another.removeImage(spec.image)
      expect(await world().driver.hasImage(spec.image)).toBe(false)
      await expect(world().driver.start(spec, recordIo())).rejects.toBeInstanceOf(Refusal)
    })
  })
}
