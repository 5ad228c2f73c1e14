import { describe, expect, it } from 'vitest'
import { freshName, owner, recordIo, type Opened } from './world.ts'

export function describePackaged(world: Opened): void {
  describe('pull of what the driver brings along', () => {
    const packaged = () => world().packaged!
    const request = (ref: string, changes: object = {}) => ({
      name: freshName('build'), owner, sources: [{ url: `packaged:${packaged().name}`, credential: null }, { url: world().deadUrl, credential: null }],
      ref, buildCommand: null, version: null, variables: {}, fence: 1, ...changes,
    })

    it('finds the newest version of a major one, and needs no Procfile', async () => {
      const newest = packaged().versions.at(-1)!
      const image = await world().driver.pull(request(newest.split('.')[0]!), recordIo())
      expect(image).toMatchObject({ version: newest, procfile: null, davitYml: null })
      expect(await world().another.hasImage(image.id)).toBe(true)
      expect(await world().another.pull(request(newest), recordIo())).toMatchObject({ id: image.id, made: false })
      expect(await world().another.pull(request('1', { version: newest }), recordIo())).toMatchObject({ id: image.id, version: newest })
    })

    it('removes what it brought to one owner, and leaves that of another', async () => {
      const [version] = packaged().versions
      const theirs = await world().driver.pull(request(version!, { owner: { id: 81, handle: 'theirs' } }), recordIo())
      const image = await world().driver.pull(request(version!, { owner: { id: 82, handle: 'ours' } }), recordIo())
      await world().driver.forget(82)
      expect(await world().driver.hasImage(image.id)).toBe(false)
      expect(await world().driver.hasImage(theirs.id)).toBe(true)
      await world().driver.forget(81)
    })

    it('refuses an unknown version, and names those there are', async () => {
      const pulled = world().driver.pull(request('0.1'), recordIo())
      await expect(pulled).rejects.toMatchObject({ name: 'Refusal', code: 'invalid', message: expect.stringContaining(packaged().versions[0]!) })
    })
  })
}
