import { describe, test } from 'vitest'
import type { Definition } from '../define.ts'
import { Refusal } from '../../refusal.ts'
import { findOperation } from '../rehearsal.ts'
import { everywhere, type Moment, type Rehearsal, type Spot } from './rehearsal.ts'

export function describeDeaths(definition: Definition, opened: () => Rehearsal, twice: boolean): void {
  describe('goes on when its runner dies', () => {
    for (const [step, { name }] of definition.steps.entries()) {
      test(`in "${name}"`, () => everywhere(step, 'run', (spot) => die(opened(), spot, 1)))
      if (twice) test(`in "${name}", and the next one in the same place`, () => everywhere(step, 'run', (spot) => die(opened(), spot, 2)))
    }
    test('at the end', () => everywhere(definition.steps.length, 'run', (spot) => die(opened(), spot, 1)))
  })

  const undone = definition.steps.map(({ compensate }, step) => (compensate ? step : -1)).filter((step) => step >= 0)
  if (undone.length === 0) return
  describe('rolls back when its runner dies', () => {
    for (const step of undone) {
      test(`while it undoes "${definition.steps[step]!.name}"`, () => everywhere(step, 'compensate', (spot) => dieUndoing(opened(), step, spot, 1)))
    }
    for (const step of twice ? undone : []) {
      test(`while it undoes "${definition.steps[step]!.name}", and the next one in the same place`, () =>
        everywhere(step, 'compensate', (spot) => dieUndoing(opened(), step, spot, 2)))
    }
    test('at the end of the rollback', () => everywhere(-1, 'compensate', (spot) => dieUndoing(opened(), undone[0]!, spot, 1)))
  })
}

/** The runner dies there, and so do those that come after it, as often as is asked. */
async function die(rehearsal: Rehearsal, spot: Spot, times: number): Promise<string | null> {
  const { scene, before } = await rehearsal.begin()
  const death = deaths(rehearsal, spot, times)
  const { id } = await rehearsal.carryOut(scene.input, null, () => {}, death.act)
  if (death.point() === null) return null
  await rehearsal.haveEndedWell(id, spot.step, scene, before)
  return death.point()
}

/** It fails at the end of its step `failing`, and dies while it undoes that or what came before. */
async function dieUndoing(rehearsal: Rehearsal, failing: number, spot: Spot, times: number): Promise<string | null> {
  const { scene, before } = await rehearsal.begin()
  const death = deaths(rehearsal, spot, times)
  const { id } = await rehearsal.carryOut(scene.input, null, () => {}, async (moment) => {
    if (moment.step === failing && moment.direction === 'run' && moment.point === 'ran') throw new Refusal('conflict', 'the test says so')
    await death.act(moment)
  })
  const { pastReturn } = await findOperation(id)
  // Past the point of no return there is no rollback to die in.
  if (pastReturn) return spot.nth === 1 ? 'past return' : null
  if (death.point() === null) return null
  await rehearsal.beUndone(id, 'failed', before)
  return death.point()
}

/** Kills whoever comes to that spot, so many times, and hires the next. */
function deaths(rehearsal: Rehearsal, spot: Spot, times: number) {
  const seen = new Map<unknown, number>()
  let left = times
  let point: string | null = null
  return {
    point: () => point,
    async act({ member, step, direction, point: here }: Moment) {
      if (left === 0 || step !== spot.step || direction !== spot.direction) return
      const nth = (seen.get(member) ?? 0) + 1
      seen.set(member, nth)
      if (nth !== spot.nth) return
      left -= 1
      point = here
      await member.kill()
      await rehearsal.crew.hire()
    },
  }
}
