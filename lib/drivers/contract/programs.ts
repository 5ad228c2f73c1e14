import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Programs, PullRequest } from '../driver.ts'
import { freshName, owner, recordIo, type Opened } from './world.ts'

const programs: Programs = {
  name: 'moon',
  title: 'Moon',
  versions: async () => ['1.2', '1.10'],
  put: (version, folder) => writeFile(join(folder, 'moon'), `echo ${version}`, { mode: 0o755 }),
}

export function describePrograms(world: Opened): void {
  describe('pull of programs', () => {
    const request = (ref: string, changes: Partial<PullRequest> = {}): PullRequest => ({
      name: freshName('build'), owner, sources: [{ url: world().deadUrl, credential: null }], programs, ref, buildCommand: null, version: null, variables: {}, fence: 1, ...changes,
    })

    it('finds the newest version of a major one, and needs no Procfile', async () => {
      const image = await world().driver.pull(request('1'), recordIo())
      expect(image).toMatchObject({ version: '1.10', procfile: null, davitYml: null })
      expect(await world().another.hasImage(image.id)).toBe(true)
      expect(await world().another.pull(request('1.10'), recordIo())).toMatchObject({ id: image.id, made: false })
      expect(await world().another.pull(request('1', { version: '1.10' }), recordIo())).toMatchObject({ id: image.id, version: '1.10' })
    })

    it('removes what one owner has of them, and leaves that of another', async () => {
      const theirs = await world().driver.pull(request('1.2', { owner: { id: 81, handle: 'theirs' } }), recordIo())
      const image = await world().driver.pull(request('1.2', { owner: { id: 82, handle: 'ours' } }), recordIo())
      await world().driver.forget(82)
      expect(await world().driver.hasImage(image.id)).toBe(false)
      expect(await world().driver.hasImage(theirs.id)).toBe(true)
      await world().driver.forget(81)
    })

    it('refuses an unknown version, and names those there are', async () => {
      const pulled = world().driver.pull(request('0.1'), recordIo())
      await expect(pulled).rejects.toMatchObject({ name: 'Refusal', code: 'invalid', message: 'There is no version 0.1 of Moon here; there are 1.2, 1.10.' })
    })
  })
}
