import { describe, expect, it } from 'vitest'
import { owner, pullRequest, recordIo, until, type Opened } from './world.ts'

const files = { procfile: 'web: serve\n', davitYml: 'services: {}\n' }
const secret = 'xyzzy-plugh-0123456789'
const patience = () => AbortSignal.timeout(30_000)
/** Of whom nothing is kept yet. */
const newcomer = { id: 77, handle: 'newcomer' }

export function describePreviews(world: Opened): void {
  const declared = (procfile: string, davitYml: string | null) => (world().declares ? { procfile, davitYml } : null)
  const at = (url: string, changes: object = {}) => ({ owner: null, sources: [{ url, credential: null }], ref: 'main', ...changes })

  describe('preview', () => {
    it('tells what a pull would find, by branch, commit and short commit, for an app and before there is one', async () => {
      const source = await world().makeSource(files)
      const first = source.commit
      const second = await source.push({ procfile: 'web: serve\nworker: serve\n' })
      for (const whose of [null, owner]) {
        const look = (ref: string) => world().driver.preview(at(source.url, { ref, owner: whose }), patience())
        const now = await look('main')
        expect([now?.version, now?.declared?.procfile]).toEqual([second, declared('web: serve\nworker: serve\n', null)?.procfile])
        expect(await look(first)).toEqual({ version: first, declared: declared(files.procfile, files.davitYml) })
        expect(await look(world().shorten(first))).toMatchObject({ version: first })
      }
    })

    it('says that there is no davit.yml', async () => {
      const source = await world().makeSource({ procfile: 'web: serve' })
      expect(await world().driver.preview(at(source.url), patience())).toEqual({ version: source.commit, declared: declared('web: serve', null) })
    })

    it('keeps nothing where there is no app', async () => {
      const source = await world().makeSource(files)
      await world().driver.preview(at(source.url), patience())
      const before = await world().everything()
      await world().driver.preview(at(source.url), patience())
      await expect(world().driver.preview(at(source.url, { ref: 'no-such-branch' }), patience())).rejects.toMatchObject({ code: 'invalid' })
      expect(await world().everything()).toEqual(before)
    })

    it('keeps nothing of an app that is not forgotten with it', async () => {
      const source = await world().makeSource(files)
      const before = await world().everything()
      await world().driver.preview(at(source.url, { owner: newcomer }), patience())
      await world().driver.forget(newcomer.id)
      expect(await world().everything()).toEqual(before)
    })

    it('tries the sources in their order', async () => {
      const source = await world().makeSource(files)
      const sources = [world().deadUrl, source.url].map((url) => ({ url, credential: null }))
      expect(await world().driver.preview(at('', { sources }), patience())).toMatchObject({ version: source.commit })
    })

    it('refuses sources that do not answer, each by its name, without the secret', async () => {
      const sources = [world().deadUrl, world().deadUrl].map((url) => ({ url, credential: secret }))
      const looked = world().driver.preview(at('', { sources }), patience()).then(() => null, (reason: Error) => reason)
      expect(await world().visibleCommandLines()).not.toContain(secret)
      const error = await looked
      const reason = expect.stringMatching(/^Davit cannot fetch from here\. .+$/)
      expect(error).toMatchObject({ name: 'Refusal', code: 'unavailable', fields: { 'sources.0.url': reason, 'sources.1.url': reason } })
      expect(JSON.stringify(error) + error?.stack).not.toContain(secret)
    })

    it('refuses a ref that no source has, and tells which did not answer', async () => {
      const source = await world().makeSource(files)
      const sources = [world().deadUrl, source.url].map((url) => ({ url, credential: null }))
      const there = expect.stringContaining('No source has no-such-branch')
      await expect(world().driver.preview(at(source.url, { ref: 'no-such-branch' }), patience())).rejects.toMatchObject({ name: 'Refusal', code: 'invalid', fields: { ref: there } })
      await expect(world().driver.preview(at('', { sources, ref: 'no-such-branch' }), patience())).rejects.toMatchObject({
        code: 'invalid', fields: { ref: there, 'sources.0.url': expect.any(String) },
      })
    })

    it('refuses what git would take for an option, and an address that holds a password', async () => {
      const source = await world().makeSource(files)
      for (const changes of [{ ref: '--upload-pack=reboot' }, { sources: [{ url: `https://user:${secret}@git.example/app.git`, credential: null }] }]) {
        const error = await world().driver.preview(at(source.url, changes), patience()).then(() => null, (reason: Error) => reason)
        expect(error).toMatchObject({ name: 'Refusal', code: 'invalid' })
        expect(`${error?.stack}`).not.toContain(secret)
      }
    })

    it('refuses a tree without a Procfile and says what to do', async () => {
      if (!world().declares) return
      const source = await world().makeSource({ procfile: null })
      await expect(world().driver.preview(at(source.url), patience())).rejects.toMatchObject({ code: 'invalid', message: expect.stringMatching(/Procfile.*Add/) })
    })

    it('does not begin once it was aborted', async () => {
      const source = await world().makeSource(files)
      const reason = new Error('the browser has left')
      await expect(world().driver.preview(at(source.url), AbortSignal.abort(reason))).rejects.toBe(reason)
    })

    it('waits for no pull of the same app, and spoils none', async () => {
      const source = await world().makeSource({ ...files, build: 'scatter' })
      const io = recordIo()
      const request = pullRequest(source)
      const pulled = world().driver.pull(request, io)
      const settled = expect(pulled).rejects.toThrow('enough')
      await until('the build has scattered', () => io.texts().includes('scattered'))
      expect(await world().another.preview(at(source.url, { owner }), patience())).toMatchObject({ version: source.commit })
      io.abort(new Error('enough'))
      await settled
      const version = await source.push({ ...files, build: 'say three lines' })
      const again = pullRequest(source, { name: request.name })
      const both = await Promise.all([world().another.preview(at(source.url, { owner }), patience()), world().driver.pull(again, recordIo())])
      expect(both).toMatchObject([{ version }, { version, made: true }])
    })
  })
}
