import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    root: `${import.meta.dirname}/..`,
    include: ['lib/**/*.test.ts', 'components/**/*.test.{ts,tsx}', '.ci/*.test.ts'],
    globalSetup: 'lib/db/test-server.ts',
    setupFiles: 'lib/db/test-database.ts',
    pool: 'forks',
    maxWorkers: 3,
    testTimeout: 120_000,
    hookTimeout: 240_000,
  },
})
