import { defineConfig } from '@playwright/test'
import { ownerState } from './support/run.ts'

const chromium = {
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
}

export default defineConfig({
  testDir: '.',
  testIgnore: ['chaos/**', 'bench/**'],
  outputDir: '../test-results/e2e',
  globalSetup: './support/start-davit.ts',
  // One Davit for all: whoever kills its runner must be alone.
  workers: 1,
  forbidOnly: true,
  // Bounds for what hangs, not for a machine that is slow.
  timeout: 300_000,
  expect: { timeout: 30_000 },
  reporter: 'list',
  use: {
    viewport: { width: 1440, height: 900 },
    locale: 'en-GB',
    timezoneId: 'Europe/Zurich',
    launchOptions: chromium,
    screenshot: 'only-on-failure',
    trace: 'retain-on-failure',
  },
  projects: [
    // The owner whom everybody else signs in as is made on the first visit.
    { name: 'first visit', testMatch: 'first-visit.spec.ts' },
    { name: 'every day', testMatch: '*.spec.ts', testIgnore: ['first-visit.spec.ts', 'chaos/**', 'bench/**'], dependencies: ['first visit'], use: { storageState: ownerState } },
  ],
})
