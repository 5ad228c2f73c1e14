import { describe, expect, it } from 'vitest'
import type { HealthCheck } from '../driver.ts'
import { makeSpec, recordIo, untilSaid, type Behaviour, type Opened } from './world.ts'

const http: Extract<HealthCheck, { kind: 'http' }> = { kind: 'http', path: '/', strict: false, limitSeconds: 30, intervalMs: 20 }

export function describeHealth(world: Opened): void {
  async function started(behaviour: Behaviour) {
    const spec = await makeSpec(world(), behaviour)
    await world().driver.start(spec, recordIo())
    return spec
  }

  describe('waitUntilHealthy', () => {
    it('resolves at the first answer, whatever it is', async () => {
      const spec = await started('serve')
      await world().driver.waitUntilHealthy(spec, { ...http, path: '/no-such-page' }, recordIo())
    })

    it('wants 200 when strict', async () => {
      const spec = await started('serve')
      await world().driver.waitUntilHealthy(spec, { ...http, strict: true }, recordIo())
      const strict = { ...http, path: '/no-such-page', strict: true, limitSeconds: 0.2 }
      const waited = world().driver.waitUntilHealthy(spec, strict, recordIo())
      await expect(waited).rejects.toMatchObject({ name: 'Refusal', code: 'conflict', message: expect.stringMatching(/404[^]*serving/) })
    })

    it('tells when nothing listens on PORT, with the last lines', async () => {
      const spec = await started('never listen')
      await untilSaid(world(), spec.name, 'deaf')
      const waited = world().driver.waitUntilHealthy(spec, { ...http, limitSeconds: 0.2 }, recordIo())
      await expect(waited).rejects.toMatchObject({ name: 'Refusal', code: 'conflict', message: expect.stringMatching(/nothing listens on PORT \d+[^]*deaf/) })
    })

    it('tells when the container ends, with its exit code and last lines', async () => {
      const spec = await started('crash')
      const waited = world().driver.waitUntilHealthy(spec, http, recordIo())
      await expect(waited).rejects.toMatchObject({ name: 'Refusal', code: 'conflict', message: expect.stringMatching(/exit code 3[^]*cannot find the moon/) })
    })

    it('refuses when there is no such container', async () => {
      const spec = await makeSpec(world(), 'serve')
      const waited = world().driver.waitUntilHealthy(spec, http, recordIo())
      await expect(waited).rejects.toMatchObject({ name: 'Refusal', code: 'conflict', message: expect.not.stringContaining('wrote nothing') })
    })

    it("throws the signal's reason when it aborts", async () => {
      const spec = await started('never come up')
      const io = recordIo()
      const reason = new Error('cancelled')
      const settled = expect(world().driver.waitUntilHealthy(spec, http, io)).rejects.toBe(reason)
      await untilSaid(world(), spec.name, 'asleep')
      io.abort(reason)
      await settled
      await expect(world().driver.waitUntilHealthy(spec, http, io)).rejects.toBe(reason)
    })

    it('waits for an uptime where there is no port to ask', async () => {
      const up = await started('never listen')
      await world().driver.waitUntilHealthy(up, { kind: 'uptime', uptimeSeconds: 0.1 }, recordIo())
      const down = await started('crash')
      const waited = world().driver.waitUntilHealthy(down, { kind: 'uptime', uptimeSeconds: 600 }, recordIo())
      await expect(waited).rejects.toMatchObject({ name: 'Refusal', message: expect.stringContaining('exit code 3') })
    })
  })
}
