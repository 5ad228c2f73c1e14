import { describe, expect, test } from 'vitest'
import { sql } from '../db/client.ts'
import { Refusal } from '../refusal.ts'
import { ended, expire, gate, journalOf, logOf, makeResource, onThing, startTestRunner, tester } from './rehearsal.ts'
import { requestCancel } from './cancel.ts'
import type { Hands, Step } from './define.ts'
import { start } from './start.ts'

describe('execute', () => {
  test('carries out the steps in order, and each knows what the ones before it returned', async () => {
    const seen: unknown[] = []
    const greet = onThing('greet')
      .step('think', { undoes: null, run: () => ({ word: 'hello' }) })
      .step('speak', { undoes: null, run: ({ word }) => void seen.push(word) })
    const runner = await startTestRunner({ definitions: [greet] })
    const { id } = await start(greet, { thing: await makeResource() }, tester)
    expect(await ended(id)).toMatchObject({ status: 'succeeded', rollback: null, runnerId: null })
    expect(seen).toEqual(['hello'])
    expect(await journalOf(id)).toEqual(['run think: succeeded', 'run speak: succeeded'])
    expect(await logOf(id)).toContain('Step 1 of 2: think')
    await runner.drain(1000)
  })

  test('an attempt is recorded, with the names of what it is about to make, before it acts', async () => {
    const seen: unknown[] = []
    const build = onThing('build').step('one', {
      undoes: null,
      makes: () => 2,
      run: async (_known, { operation, names }) => {
        seen.push(...(await sql`select state, names, attempt from steps where operation_id = ${operation.id}`))
        seen.push(names)
      },
    })
    const runner = await startTestRunner({ definitions: [build] })
    const { id } = await start(build, { thing: await makeResource() }, tester)
    await ended(id)
    const names = [0, 1].map((index) => expect.stringMatching(new RegExp(`^davit-[0-9a-f]{8}-${id}-0-${index}$`)))
    expect(seen).toEqual([{ state: 'started', names, attempt: 1 }, names])
    await runner.drain(1000)
  })

  test('a step without anything to do is not run, and is written down with the next one', async () => {
    const seen: unknown[] = []
    const nothing = { undoes: null, skips: 'nobody is there', run: () => void seen.push('nothing') }
    const quiet = onThing('quiet')
      .step('come in', { undoes: null, run: () => {} })
      .step('greet', nothing)
      .step('listen', nothing)
      .step('look', { undoes: null, run: async (_known, { operation }) => void seen.push(...(await journalOf(operation.id))) })
      .step('say goodbye', nothing)
    const runner = await startTestRunner({ definitions: [quiet] })
    const { id } = await start(quiet, { thing: await makeResource() }, tester)
    expect(await ended(id)).toMatchObject({ status: 'succeeded' })
    expect(seen).toEqual(['run come in: succeeded', 'run greet: succeeded', 'run listen: succeeded', 'run look: started'])
    expect(await journalOf(id)).toEqual(['run come in: succeeded', 'run greet: succeeded', 'run listen: succeeded', 'run look: succeeded', 'run say goodbye: succeeded'])
    expect(await logOf(id)).toContain('Step 2 of 5: greet: nobody is there')
    await runner.drain(1000)
  })

  test('a step that is given up past the point of no return says why in one sentence', async () => {
    const refuse = () => Promise.reject(new Refusal('conflict', 'There is no room.'))
    const full = onThing('full').step('one', { undoes: null, pointOfNoReturn: () => true, run: refuse })
    const runner = await startTestRunner({ definitions: [full] })
    const { id } = await start(full, { thing: await makeResource() }, tester)
    expect(await ended(id)).toMatchObject({ status: 'succeeded', leftovers: ['one: There is no room.'] })
    expect(await logOf(id)).toContain('one could not be finished, after 5 tries: There is no room. It is past the point of no return, so the operation goes on.')
    await runner.drain(1000)
  })

  test('shows the point of no return where it lies by what is known by then', async () => {
    const run = async () => {}
    const look = onThing('look')
      .step('one', { undoes: null, run: async () => ({ kept: false }) })
      .step('two', { undoes: null, usuallyNoReturn: ({ kept }) => kept !== false, run })
      .step('three', { undoes: null, usuallyNoReturn: true, run })
    const runner = await startTestRunner({ definitions: [look] })
    const { id } = await start(look, { thing: await makeResource() }, tester)
    const { plan } = await ended(id)
    expect(plan.map(({ pointOfNoReturn }) => pointOfNoReturn)).toEqual([false, false, true])
    await runner.drain(1000)
  })

  test('what is told of the whole is told once, also when the last step is tried again or all is undone, and its failure changes nothing', async () => {
    const told: number[] = []
    const tell = async ({ operation }: Hands) => void told.push(operation.id)
    const tellNothing = (hands: Hands) => tell(hands).then(() => Promise.reject(new Error('it is not known')))
    const fail = () => Promise.reject(new Error('no'))
    const asItIs = (step: Step) => step
    const full = onThing('full').step('one', { undoes: null, pointOfNoReturn: () => true, run: fail }).around(asItIs, tell)
    const undone = onThing('undone').step('one', { undoes: 'undo it', run: fail, compensate: () => {} }).around(asItIs, tellNothing)
    const runner = await startTestRunner({ definitions: [full, undone] })
    const ids = [(await start(full, { thing: await makeResource() }, tester)).id, (await start(undone, { thing: await makeResource() }, tester)).id]
    expect([await ended(ids[0]!), await ended(ids[1]!)]).toMatchObject([{ status: 'succeeded', leftovers: ['one: Error: no'] }, { status: 'failed', rollback: 'complete' }])
    expect(told.toSorted((a, b) => a - b)).toEqual(ids)
    expect(await logOf(ids[1]!)).toContain('What is told at the end could not be found: Error: it is not known')
    await runner.drain(1000)
  })

  test('what is around the steps is around what is around them already, and each tells of the whole, also when another cannot', async () => {
    const heard: string[] = []
    const heardAround = (words: string) => (step: Step): Step => ({ ...step, run: async (known, hands) => (heard.push(words), step.run(known, hands)) })
    const wrapped = onThing('wrapped')
      .step('one', { undoes: null, run: () => void heard.push('one') })
      .around(heardAround('inner'), () => Promise.reject(new Error('it is not known')))
      .around(heardAround('outer'), async () => void heard.push('told'))
      .step('two', { undoes: null, run: () => void heard.push('two') })
    const runner = await startTestRunner({ definitions: [wrapped] })
    const { id } = await start(wrapped, { thing: await makeResource() }, tester)
    expect(await ended(id)).toMatchObject({ status: 'succeeded' })
    expect(heard).toEqual(['outer', 'inner', 'one', 'two', 'told'])
    await runner.drain(1000)
  })

  test('undoes what was done, last first, when a step fails', async () => {
    const undone: string[] = []
    const build = onThing('build')
      .step('one', { undoes: 'take one away', run: () => {}, compensate: () => void undone.push('one') })
      .step('two', { undoes: 'take two away', run: () => {}, compensate: () => void undone.push('two') })
      .step('three', { undoes: 'take three away', run: () => Promise.reject(new Error('no')), compensate: () => void undone.push('three') })
    const runner = await startTestRunner({ definitions: [build] })
    const { id } = await start(build, { thing: await makeResource() }, tester)
    expect(await ended(id)).toMatchObject({ status: 'failed', rollback: 'complete', reason: 'error', failedStep: 'three' })
    expect(undone).toEqual(['three', 'two', 'one'])
    expect((await logOf(id)).slice(-2)).toEqual(['Undone: take one away', 'The rollback is complete: everything that Davit changed was put back.'])
    await runner.drain(1000)
  })

  test('a cancel stops the running step and rolls back', async () => {
    const inside = gate()
    const undone: string[] = []
    const wait = onThing('wait')
      .step('one', { undoes: 'take one away', run: () => {}, compensate: () => void undone.push('one') })
      .step('two', {
        undoes: 'take two away',
        compensate: () => void undone.push('two'),
        run: (_known, { signal }) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => reject(signal.reason), { once: true })
            void inside.pass()
          }),
      })
    const runner = await startTestRunner({ definitions: [wait] })
    const { id } = await start(wait, { thing: await makeResource() }, tester)
    await inside.reached
    await requestCancel(tester, id, () => 'operate')
    expect(await ended(id)).toMatchObject({ status: 'cancelled', rollback: 'complete', reason: 'cancelled' })
    expect(undone).toEqual(['two', 'one'])
    await runner.drain(1000)
  })

  test('one operation at a time on a resource, in the order in which they were recorded', async () => {
    const order: string[] = []
    const note = onThing('note').step('note', {
      undoes: null,
      run: async (_known, { operation }) => {
        order.push(`begin ${operation.id}`)
        await new Promise((resolve) => setImmediate(resolve))
        order.push(`end ${operation.id}`)
      },
    })
    const thing = await makeResource()
    const ids: number[] = []
    for (let n = 0; n < 5; n++) ids.push((await start(note, { thing }, tester)).id)
    const runner = await startTestRunner({ definitions: [note] })
    await ended(ids.at(-1)!)
    expect(order).toEqual(ids.flatMap((id) => [`begin ${id}`, `end ${id}`]))
    await runner.drain(1000)
  })

  test('a second runner goes on when the first one dies in the middle of a step', async () => {
    const inside = gate()
    let runs = 0
    const work = onThing('work')
      .step('one', { undoes: null, run: () => ({ answer: 42 }) })
      .step('two', {
        undoes: null,
        run: async () => {
          runs += 1
          if (runs === 1) await inside.pass()
        },
      })
    const first = await startTestRunner({ definitions: [work] })
    const { id } = await start(work, { thing: await makeResource() }, tester)
    await inside.reached
    first.leaveForDead()
    await expire(first)
    const second = await startTestRunner({ definitions: [work] })
    expect(await ended(id)).toMatchObject({ status: 'succeeded', claims: 2 })
    inside.open()
    expect(await journalOf(id)).toEqual(['run one: succeeded', 'run two: unknown', 'run two: succeeded'])
    expect(runs).toBe(2)
    await second.drain(1000)
  })
})
