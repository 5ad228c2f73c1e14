import { testDriver } from '../contract.ts'
import { openLocalWorld } from './local-world.ts'

const isRoot = process.getuid?.() === 0
if (!isRoot) console.warn('NOT COVERED: the isolated local driver, as these tests do not run as root')

if (isRoot) testDriver('isolated local', async () => openLocalWorld({}))
testDriver('local', async () => openLocalWorld({ isolate: false }))
