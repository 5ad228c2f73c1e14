import { chmodSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { freePort } from '../bench/port.ts'

/**
 * npm run chaos -- --seconds 120 [--seed N] [--keep]
 * Real processes under random work and random accidents; ends with a table, and not with 0 when a promise was broken.
 */
const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '120' }, seed: { type: 'string' }, keep: { type: 'boolean', default: false }, quiet: { type: 'boolean', default: false } },
})
const seconds = Number(values.seconds)
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed)
if (!(seconds >= 5 && seconds <= 500) || !Number.isInteger(seed)) throw new Error('--seconds takes 5 to 500, --seed a whole number')

const folder = mkdtempSync(join(tmpdir(), 'davit-chaos-'))
// Postgres and the apps have uids of their own, and pass through here.
chmodSync(folder, 0o711)
// Below the ports that the machine hands out by itself, and away from those of a Davit that runs here.
const first = 11_000 + (process.pid % 8) * 1000
// Davit's config reads the environment once, when it is imported: hence before, and the import after it.
Object.assign(process.env, {
  DATABASE_URL: '',
  DAVIT_DATA: join(folder, 'data'),
  DAVIT_ROUTER_PORT: String(await freePort()),
  DAVIT_CONTAINER_PORTS: `${first}-${first + 799}`,
  DAVIT_ENDPOINT_PORTS: `${first + 800}-${first + 999}`,
  DAVIT_LEASE_SECONDS: '3',
})
const { runChaos } = await import('./chaos.ts')
process.exit(await runChaos({ seconds, seed, folder, keep: values.keep, quiet: values.quiet }))
