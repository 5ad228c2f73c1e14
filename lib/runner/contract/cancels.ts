import { describe, expect, test } from 'vitest'
import { requestCancel } from '../cancel.ts'
import type { Definition } from '../define.ts'
import { Refusal } from '../../refusal.ts'
import { findOperation, inStatus, logOf, tester } from '../rehearsal.ts'
import { everywhere, type Rehearsal, type Spot } from './rehearsal.ts'

export function describeCancels(definition: Definition, opened: () => Rehearsal, twice: boolean): void {
  describe('can be cancelled, or says that it is too late', () => {
    for (const [step, { name }] of definition.steps.entries()) {
      test(`in "${name}", which hears of it at once`, () => everywhere(step, 'run', (spot) => cancel(opened(), spot, true)))
      if (twice) test(`in "${name}", which goes on meanwhile`, () => everywhere(step, 'run', (spot) => cancel(opened(), spot, false)))
    }
    test('at the end', () => everywhere(definition.steps.length, 'run', (spot) => cancel(opened(), spot, false)))
  })
}

async function cancel(rehearsal: Rehearsal, spot: Spot, awaited: boolean): Promise<string | null> {
  const { scene, before } = await rehearsal.begin()
  let accepted = false
  const { id, point } = await rehearsal.carryOut(scene.input, spot, async ({ operationId }) => {
    accepted = await ask(operationId)
    if (accepted && awaited) await inStatus(operationId, 'rolling_back')
  })
  if (point === null) return null
  if (!accepted) {
    expect((await findOperation(id)).pastReturn).toBe(true)
    await rehearsal.haveSucceeded(id, scene)
    return point
  }
  await rehearsal.beUndone(id, 'cancelled', before)
  expect(await findOperation(id)).toMatchObject({ reason: 'cancelled', cancelRequestedBy: tester.name })
  expect(await logOf(id)).toContain(`A rollback began: the operation was cancelled by ${tester.name}.`)
  return point
}

async function ask(operationId: number): Promise<boolean> {
  try {
    await requestCancel(tester, operationId, () => 'operate')
    return true
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    expect(error.message).toContain('Too late')
    return false
  }
}
