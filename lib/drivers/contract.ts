import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeContainers } from './contract/containers.ts'
import { describeCopies } from './contract/copies.ts'
import { describeHealth } from './contract/health.ts'
import { describeImages } from './contract/images.ts'
import { describeKept } from './contract/kept.ts'
import { describeListeners } from './contract/listeners.ts'
import { describeLogs } from './contract/logs.ts'
import { describePreviews } from './contract/previews.ts'
import { describePrograms } from './contract/programs.ts'
import { describeRunOnce } from './contract/run-once.ts'
import { describeSecrets } from './contract/secrets.ts'
import { describeVolumes } from './contract/volumes.ts'
import type { World } from './contract/world.ts'

/**
 * Proves every promise of driver.ts. `open` makes one world for all of it: an engine with nothing of ours
 * on it, and what the contract cannot know of it. Tests run one after another and name things apart. What a
 * driver does without is said here, so that no test is skipped for what it turns out to lack.
 */
export function testDriver(name: string, open: () => Promise<World>, lacks: { volumes?: true; programs?: true } = {}): void {
  describe(`the ${name} driver keeps the contract`, { timeout: 180_000 }, () => {
    let world: World | null = null
    beforeAll(async () => {
      world = await open()
    }, 60_000)
    afterAll(async () => {
      await world?.close()
    }, 60_000)
    const opened = () => {
      if (world === null) throw new Error('the world could not be opened')
      return world
    }
    describeImages(opened)
    describePreviews(opened)
    describeContainers(opened)
    describeKept(opened)
    describeHealth(opened)
    describeRunOnce(opened)
    describeLogs(opened)
    describeSecrets(opened)
    if (!lacks.programs) describePrograms(opened)
    if (!lacks.volumes) for (const describeOf of [describeListeners, describeVolumes, describeCopies]) describeOf(opened)
    it('lacks what it is said to lack, and nothing else', () => {
      expect({ volumes: opened().driver.volumes === null, programs: !opened().takesPrograms }).toEqual({ volumes: lacks.volumes === true, programs: lacks.programs === true })
    })
  })
}
