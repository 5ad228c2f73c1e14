import { describe, expect, test } from 'vitest'
import type { Definition } from '../define.ts'
import { gate } from '../rehearsal.ts'
import type { Member } from './crew.ts'
import { everywhere, type Rehearsal, type Spot } from './rehearsal.ts'

export function describeZombies(definition: Definition, opened: () => Rehearsal): void {
  describe('takes no harm from a runner that was replaced and wakes up', () => {
    for (const [step, { name }] of definition.steps.entries()) {
      test(`in "${name}"`, () => everywhere(step, 'run', (spot) => wakeUp(opened(), spot)))
    }
  })
}

/** The runner is held there until its successor has finished; then it goes on as if nothing had been. */
async function wakeUp(rehearsal: Rehearsal, spot: Spot): Promise<string | null> {
  const { scene, before } = await rehearsal.begin()
  const held = gate()
  let zombie: Member | undefined
  const { id, point } = await rehearsal.carryOut(scene.input, spot, async ({ member }) => {
    zombie = member
    await rehearsal.crew.replace(member)
    await held.pass()
  })
  if (point === null) return null
  const left = await rehearsal.stage.look()
  held.open()
  // It lets go of the operation once it has found out.
  await zombie!.runner.drain(1000)
  await rehearsal.stage.sweep()
  expect(await rehearsal.stage.look()).toEqual(left)
  await rehearsal.haveEndedWell(id, spot.step, scene, before)
  return point
}
