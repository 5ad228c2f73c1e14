import { parseArgs } from 'node:util'
import { takeOwnPlace } from '../support/own-place.ts'

/**
 * npm run chaos -- --seconds 120 [--seed N] [--driver docker] [--databases] [--keep]
 * Real processes under random work and random accidents; ends with a table, and not with 0 when a promise was broken.
 * With --databases: PostgreSQL under writes instead of apps under requests.
 */
const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '120' }, seed: { type: 'string' }, driver: { type: 'string', default: 'local' }, databases: { type: 'boolean', default: false }, keep: { type: 'boolean', default: false }, quiet: { type: 'boolean', default: false } },
})
const seconds = Number(values.seconds)
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed)
if (!(seconds >= 5 && seconds <= 500) || !Number.isInteger(seed)) throw new Error('--seconds takes 5 to 500, --seed a whole number')

const { driver, databases } = values
if (driver !== 'local' && driver !== 'docker') throw new Error('--driver takes local or docker')

const folder = await takeOwnPlace('chaos', { DAVIT_LEASE_SECONDS: '3' })
const { runChaos } = await import('./chaos.ts')
const openGround = driver === 'docker' ? (await import('./ground-docker.ts')).openDockerGround : (await import('./ground-local.ts')).openLocalGround
const openWorld = databases ? (await import('./databases.ts')).openDatabases : (await import('./apps.ts')).openApps
const flags = `${driver === 'local' ? '' : ` --driver ${driver}`}${databases ? ' --databases' : ''}`
process.exit(await runChaos({ seconds, seed, folder, openGround, openWorld, flags, keep: values.keep, quiet: values.quiet }))
