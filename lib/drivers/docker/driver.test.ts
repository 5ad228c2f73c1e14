import { describe, it } from 'vitest'
import { testDriver } from '../contract.ts'
import { openDockerWorld } from './docker-world.ts'
import { canHaveEngine, openTestEngine } from './test-engine.ts'

if (canHaveEngine()) testDriver('docker', async () => openDockerWorld(await openTestEngine(), 'image'), { programs: true })
else describe('the docker driver keeps the contract', () => it.skip('where there is an engine', () => {}))
