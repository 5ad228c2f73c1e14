import { describe, expect, it } from 'vitest'
import { makeSpec, pullRequest, recordIo, untilSaid, type Opened } from './world.ts'

const secret = 'xyzzy-plugh-0123456789'

export function describeSecrets(world: Opened): void {
  describe('secrets', () => {
    it('shows no variable in a command line', async () => {
      const spec = await makeSpec(world(), 'serve', { variables: { API_KEY: secret } })
      await world().driver.start(spec, recordIo())
      await untilSaid(world(), spec.name, 'serving')
      expect(await world().visibleCommandLines()).not.toContain(secret)
      expect(JSON.stringify(await world().driver.list())).not.toContain(secret)
    })

    it('shows no variable in a refusal', async () => {
      const spec = await makeSpec(world(), 'crash', { variables: { API_KEY: secret, 'NOT A NAME': secret } })
      const error = await world().driver.start(spec, recordIo()).then(() => null, (reason: Error) => reason)
      expect(error).toMatchObject({ name: 'Refusal', message: expect.not.stringContaining(secret) })
      expect(error?.stack).not.toContain(secret)
    })

    it('shows no credential in the log, in an error or in a command line', async () => {
      const source = await world().makeSource({ procfile: 'web: serve' })
      const io = recordIo()
      const dead = pullRequest(source, { sources: [{ url: world().deadUrl, credential: secret }] })
      const pulled = world().driver.pull(dead, io).then(() => null, (reason: Error) => reason)
      expect(await world().visibleCommandLines()).not.toContain(secret)
      const error = await pulled
      expect(error).toMatchObject({ name: 'Refusal' })
      expect(`${error?.stack} ${io.texts().join('\n')}`).not.toContain(secret)
    })

    it('refuses an address that holds a password, without repeating it', async () => {
      const source = await world().makeSource({ procfile: 'web: serve' })
      const io = recordIo()
      const request = pullRequest(source, { sources: [{ url: `https://user:${secret}@git.example/app.git`, credential: null }] })
      const error = await world().driver.pull(request, io).then(() => null, (reason: Error) => reason)
      expect(error).toMatchObject({ name: 'Refusal', code: 'invalid' })
      expect(`${error?.stack} ${io.texts().join('\n')}`).not.toContain(secret)
    })
  })
}
