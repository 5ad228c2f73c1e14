import { join } from 'node:path'

/** What the setup tells the tests: about the one Davit that was started for them. */
export interface Run {
  url: string
  /** Everything this run has made; removed at its end. */
  folder: string
  /** DAVIT_DATA. */
  data: string
  setupCode: string
  routerPort: number
}

const variable = 'DAVIT_E2E_RUN'

export const publishRun = (run: Run) => void (process.env[variable] = JSON.stringify(run))

export function currentRun(): Run {
  const run = process.env[variable]
  if (!run) throw new Error('There is no Davit to test: this is set by e2e/support/start-davit.ts.')
  return JSON.parse(run) as Run
}

/** Cookies of the owner, once the first visit is over. */
export const ownerState = join(import.meta.dirname, '../../test-results/owner.json')

export const owner = { name: 'Ada Owner', email: 'ada@example.org', password: 'correct horse battery staple' }
