import { afterAll, beforeAll, describe } from 'vitest'
import type { Definition } from './define.ts'
import { describeCancels } from './contract/cancels.ts'
import { describeCompletion } from './contract/completion.ts'
import { type Crew } from './contract/crew.ts'
import { describeDeaths } from './contract/deaths.ts'
import { describeFailures } from './contract/failures.ts'
import { Rehearsal, type Stage } from './contract/rehearsal.ts'
import { describeZombies } from './contract/zombies.ts'

export interface Extent {
  /** False for a type whose steps are another's that is tried so: without second deaths, and with one way to hear of a cancel. */
  twice?: boolean
}

/**
 * Proves what every operation promises, on a world in memory, a real Postgres and a real router: it completes;
 * its runner may die before, in and after every step, also while it rolls back; a failure or a cancel at any
 * point puts the world back; two runners never share it; one that was replaced changes nothing any more.
 * Each test acts at the first point of a step, then at the second, until there is none left.
 */
export function testOperation(definition: Definition, open: () => Promise<Stage>, { twice = true }: Extent = {}): void {
  describe(`${definition.kind}.${definition.type} keeps the contract`, { timeout: 120_000 }, () => {
    let rehearsal: Rehearsal | undefined
    beforeAll(async () => {
      rehearsal = await Rehearsal.open(definition, await open())
    })
    afterAll(() => rehearsal?.close())
    const opened = () => {
      if (!rehearsal) throw new Error('the world could not be opened')
      return rehearsal
    }
    describeCompletion(opened)
    describeDeaths(definition, opened, twice)
    describeFailures(definition, opened)
    describeCancels(definition, opened, twice)
    describeZombies(definition, opened)
  })
}

export type { Crew, Stage }
