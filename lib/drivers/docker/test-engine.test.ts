import { expect, test, vi } from 'vitest'
import { canHaveEngine } from './test-engine.ts'

test('an engine that cannot be had is a failure where there has to be one, and told', () => {
  vi.stubEnv('PATH', '/nowhere')
  vi.stubEnv('DAVIT_TEST_DOCKER', '1')
  expect(() => canHaveEngine()).toThrow(/^There must be a Docker engine for these tests, but (dockerd.* cannot be found|these tests do not run as root)/)
  vi.stubEnv('DAVIT_TEST_DOCKER', '')
  expect(canHaveEngine()).toBe(false)
  vi.unstubAllEnvs()
})
