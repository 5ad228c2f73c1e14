import { expect } from 'vitest'
import type { PlannedStep } from '#drizzle/schema/operation.ts'
import type { Definition } from '../define.ts'
import type { Direction } from '../journal.ts'
import { ended, findOperation, journalOf } from '../rehearsal.ts'
import type { Crew, Moment } from './crew.ts'

/** What the contract cannot know of an operation: its world, what to ask for, and what is true when it succeeded. */
export interface Stage {
  crew: Crew
  /** Makes ready for the operation once more. */
  prepare(): Promise<Scene>
  /** What a rollback has to put back, to be compared as a whole. */
  look(): Promise<object>
  /** Fails where the db, the router and the engine disagree. */
  beSound(): Promise<void>
  /** Fails where an endpoint leads to a container that does not run. */
  beServing?(moment: Moment): void
  sweep(): Promise<void>
  close(): Promise<void>
}

export interface Scene {
  input: unknown
  /** Fails unless the operation has done what its type promises. */
  bePromised(): Promise<void>
}

export interface Spot {
  step: number
  direction: Direction
  /** Which of the points there: 1 is the first. */
  nth: number
}

export type Act = (moment: Moment) => Promise<void> | void

/** One operation type, tried again and again in one world. */
export class Rehearsal {
  readonly definition: Definition
  readonly stage: Stage

  private constructor(definition: Definition, stage: Stage) {
    this.definition = definition
    this.stage = stage
  }

  static async open(definition: Definition, stage: Stage): Promise<Rehearsal> {
    return new Rehearsal(definition, stage)
  }

  get crew(): Crew {
    return this.stage.crew
  }

  async close(): Promise<void> {
    this.crew.hook = () => {}
    await this.crew.dismiss()
    await this.stage.close()
  }

  /** Makes ready, and remembers the world as it is. */
  async begin() {
    this.crew.hook = () => {}
    const scene = await this.stage.prepare()
    if (this.crew.members.length === 0) await this.crew.hire()
    return { scene, before: await this.stage.look() }
  }

  /** Acts once when the operation stands at that spot; tells where that was. */
  async carryOut(input: unknown, spot: Spot | null, act: Act, always: Act = () => {}): Promise<{ id: number; point: string | null }> {
    let nth = 0
    let point: string | null = null
    const run = new Set<number>()
    this.crew.hook = async (moment) => {
      if (moment.point === 'opened' && moment.direction === 'run') run.add(moment.step)
      this.stage.beServing?.(moment)
      await always(moment)
      if (point !== null || spot === null || moment.step !== spot.step || moment.direction !== spot.direction || ++nth !== spot.nth) return
      point = moment.point
      await act(moment)
    }
    const { id } = await this.crew.start(this.definition, input)
    const { plan } = await ended(id)
    const mayPass = ({ skips }: PlannedStep, step: number) => skips !== undefined && !this.definition.steps[step]?.pointOfNoReturn
    expect(plan.filter((one, step) => mayPass(one, step) && run.has(step)), 'steps that were run with nothing to do').toEqual([])
    return { id, point }
  }

  /** The operation has done what it promises, each step once, and nothing is left of how it came to that. */
  async haveSucceeded(id: number, scene: Scene): Promise<void> {
    expect(await this.outcome(id)).toEqual({ status: 'succeeded', rollback: null, leftovers: [] })
    const runs = (await journalOf(id)).filter((line) => line.endsWith('succeeded'))
    expect(runs).toEqual(this.definition.steps.map(({ name }) => `run ${name}: succeeded`))
    await this.beTidy()
    await scene.bePromised()
  }

  /** Every step that was begun is undone, last first, and the world is as it was. */
  async beUndone(id: number, status: 'failed' | 'cancelled', before: object): Promise<void> {
    expect(await this.outcome(id)).toEqual({ status, rollback: 'complete', leftovers: [] })
    const journal = await journalOf(id)
    const begun = this.definition.steps.filter(({ name, compensate }) => compensate && journal.some((line) => line.startsWith(`run ${name}: `)))
    const undone = journal.filter((line) => line.startsWith('compensate ') && line.endsWith('succeeded'))
    expect(undone).toEqual(begun.toReversed().map(({ name }) => `compensate ${name}: succeeded`))
    await this.beTidy()
    expect(await this.stage.look()).toEqual(before)
  }

  /** It went on to its end after a death in that step, or was rolled back where the step says that it cannot be gone on with. */
  async haveEndedWell(id: number, step: number, scene: Scene, before: object): Promise<void> {
    const { status } = await findOperation(id)
    const mayRollBack = this.definition.steps[step]?.afterCrash !== undefined
    await (status === 'failed' && mayRollBack ? this.beUndone(id, 'failed', before) : this.haveSucceeded(id, scene))
  }

  async beTidy(): Promise<void> {
    await this.stage.sweep()
    await this.stage.beSound()
  }

  private async outcome(id: number) {
    const { status, rollback, leftovers } = await findOperation(id)
    return { status, rollback, leftovers }
  }
}

/** Tries the spots of a step one after another, until there is none left. */
export async function everywhere(step: number, direction: Direction, attempt: (spot: Spot) => Promise<string | null>): Promise<void> {
  for (let nth = 1; ; nth++) {
    let point: string | null
    try {
      point = await attempt({ step, direction, nth })
    } catch (error) {
      if (error instanceof Error) error.message = `at point ${nth} of step ${step + 1}, ${direction}: ${error.message}`
      throw error
    }
    if (point !== null) continue
    if (nth === 1) expect.fail(`step ${step + 1} was never reached`)
    return
  }
}

export type { Moment }
