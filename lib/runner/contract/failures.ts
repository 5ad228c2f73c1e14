import { describe, expect, test } from 'vitest'
import type { Definition } from '../define.ts'
import { Refusal } from '../../refusal.ts'
import { ending } from '../ending.ts'
import { findOperation, journalOf, logOf } from '../rehearsal.ts'
import { everywhere, type Moment, type Rehearsal, type Spot } from './rehearsal.ts'

export function describeFailures(definition: Definition, opened: () => Rehearsal): void {
  describe('puts everything back, or goes on past the point of no return, when it fails once', () => {
    for (const [step, { name }] of definition.steps.entries()) {
      test(`in "${name}"`, () => everywhere(step, 'run', (spot) => fail(opened(), spot)))
    }
  })

  describe.runIf(definition.steps.some(({ compensate }) => compensate))('tries again when it fails once to undo', () => {
    for (const [step, { name, compensate }] of definition.steps.entries()) {
      if (compensate) test(`"${name}"`, () => everywhere(step, 'compensate', (spot) => failUndoing(opened(), spot)))
    }
  })

  describe('puts everything back, or lists what is left over, when it always fails', () => {
    for (const [step, { name }] of definition.steps.entries()) {
      test(`at the end of "${name}"`, () => failAlways(opened(), step, ({ point }) => point === 'ran'))
      test(`in each call of the driver of "${name}"`, () => failAlways(opened(), step, ({ point }) => point.startsWith('before ')))
    }
  })
}

const injected = () => new Refusal('conflict', 'the test says so')

/** Where code of a step runs; elsewhere only a defect could throw. */
const isInside = ({ point }: Moment) => point !== 'taken over' && point !== 'passed' && point !== 'end'

async function fail(rehearsal: Rehearsal, { step, direction, nth }: Spot): Promise<string | null> {
  const { scene, before } = await rehearsal.begin()
  let seen = 0
  let passed = false
  let point: string | null = null
  const { id } = await rehearsal.carryOut(scene.input, null, () => {}, (moment) => {
    if (moment.step === step && moment.point === 'passed') passed = true
    if (moment.step !== step || moment.direction !== direction || !isInside(moment) || ++seen !== nth) return
    point = moment.point
    throw injected()
  })
  // One that has nothing to do cannot fail.
  if (point === null) return passed && nth === 1 ? 'passed' : null
  const row = await findOperation(id)
  if (row.pastReturn) {
    await rehearsal.haveSucceeded(id, scene)
    return point
  }
  await rehearsal.beUndone(id, 'failed', before)
  const { name } = rehearsal.definition.steps[step]!
  expect(row).toMatchObject({ reason: 'error', failedStep: name, error: 'the test says so' })
  const log = await logOf(id)
  expect(log).toContain(`Step ${step + 1}, ${name}, failed: the test says so`)
  expect(log).toContain('A rollback began: a step failed.')
  const { lasting } = await findOperation(id)
  expect(log.at(-1)).toBe(ending(rehearsal.definition, [], lasting))
  return point
}

/** The step fails at its end, then what undoes it fails at that spot. */
async function failUndoing(rehearsal: Rehearsal, spot: Spot): Promise<string | null> {
  const { scene, before } = await rehearsal.begin()
  let seen = 0
  let point: string | null = null
  const { id } = await rehearsal.carryOut(scene.input, null, () => {}, (moment) => {
    if (moment.step !== spot.step || !isInside(moment)) return
    if (moment.direction === 'run' && moment.point === 'ran') throw injected()
    if (moment.direction !== 'compensate' || point !== null || ++seen !== spot.nth) return
    point = moment.point
    throw injected()
  })
  if ((await findOperation(id)).pastReturn) return spot.nth === 1 ? 'past return' : null
  if (point === null) return null
  await rehearsal.beUndone(id, 'failed', before)
  const { name } = rehearsal.definition.steps[spot.step]!
  expect(await journalOf(id)).toContain(`compensate ${name}: failed`)
  return point
}

async function failAlways(rehearsal: Rehearsal, step: number, at: (moment: Moment) => boolean): Promise<void> {
  const { scene, before } = await rehearsal.begin()
  let failed = 0
  const { id } = await rehearsal.carryOut(scene.input, null, () => {}, (moment) => {
    if (moment.step !== step || moment.direction !== 'run' || !at(moment)) return
    failed += 1
    throw injected()
  })
  const row = await findOperation(id)
  if (row.status === 'failed') return rehearsal.beUndone(id, 'failed', before)
  const { name } = rehearsal.definition.steps[step]!
  expect(row).toMatchObject({ status: 'succeeded', leftovers: failed === 0 ? [] : [`${name}: the test says so`] })
  await rehearsal.beTidy()
  await scene.bePromised()
}
