import { expect, test } from 'vitest'
import { findOperation, journalOf } from '../rehearsal.ts'
import type { Rehearsal } from './rehearsal.ts'

export function describeCompletion(opened: () => Rehearsal): void {
  test('completes', async () => {
    const rehearsal = opened()
    const { scene } = await rehearsal.begin()
    const { id } = await rehearsal.carryOut(scene.input, null, () => {})
    await rehearsal.haveSucceeded(id, scene)
    expect(await journalOf(id)).toEqual(rehearsal.definition.steps.map(({ name }) => `run ${name}: succeeded`))
  })

  test('is carried out by one of two runners, and each step is opened once', async () => {
    const rehearsal = opened()
    const { scene } = await rehearsal.begin()
    const other = await rehearsal.crew.hire()
    const owners = new Set<string>()
    const { id } = await rehearsal.carryOut(scene.input, null, () => {}, ({ member }) => void owners.add(member.runner.id))
    await rehearsal.haveSucceeded(id, scene)
    expect(owners.size).toBe(1)
    expect((await findOperation(id)).claims).toBe(1)
    expect(await journalOf(id)).toHaveLength(rehearsal.definition.steps.length)
    await rehearsal.crew.leave(other)
  })

  test('is handed over by a runner that is told to stop, and the next one goes on', async () => {
    const rehearsal = opened()
    const { scene, before } = await rehearsal.begin()
    let stopped: Promise<void> | undefined
    const { id } = await rehearsal.carryOut(scene.input, { step: 0, direction: 'run', nth: 2 }, ({ member }) => {
      stopped = rehearsal.crew.leave(member).then(async () => void (await rehearsal.crew.hire()))
    })
    await stopped
    await rehearsal.haveEndedWell(id, 0, scene, before)
  })
}
