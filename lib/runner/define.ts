import type { z } from 'zod'
import type { Lasting, PlannedStep } from '#drizzle/schema/operation.ts'
import type { Needs } from '../auth/allow.ts'
import type { Transaction } from '../db/client.ts'
import type { Driver, StepIo } from '../drivers/driver.ts'

/** What an operation is on, and what it holds while it runs. */
export interface Target {
  /** The resource it is on. `create` records a new one, which the operation then makes real. */
  resource: { id: number } | { create: NewResource }
  /** Held besides it, such as a new app's environment. */
  also?: { id: number; mode: 'exclusive' | 'shared' }[]
  /** False: the resource itself is not held (a session runs beside a deploy). */
  exclusive?: boolean
  /** "Deploy storefront at main": a sentence without a status. */
  title: string
}

export interface NewResource {
  kind: string
  handle: string
  stackId: number | null
  environmentId: number | null
  appId: number | null
}

/** What a step's code has to work with besides what is known. */
export interface Hands {
  operation: {
    id: number
    resourceId: number
    stackId: number | null
    environmentId: number | null
    appId: number | null
    rollsBackId: number | null
    retriesId: number | null
    fence: number
  }
  /** Journaled before the step began: one for each object it `makes`, from (installation, operation, step, index). */
  names: string[]
  /** The stack's driver; every call re-reads the fence first. */
  driver(): Promise<Driver>
  io: StepIo
  signal: AbortSignal
  /** A line of Davit's own in the log. */
  log(text: string): void
  /** Values that must never be seen in the log, from here on. */
  hide(values: string[]): void
  /** A transaction that holds the operation's row and has checked its fence: the only way steps write to the db. */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>
  /** Facts that are shown with the operation and frozen when it ends. */
  record(facts: { noReturnAt?: string; releaseNumber?: number; requestsServed?: number; requestsLost?: number; requestsMaintenance?: number; downtimeMs?: number }): Promise<void>
}

/** Words of a step: always the same, or as far as the input and the steps that are through tell; null while there is nothing to say. */
export type Words<Known> = string | null | ((known: Partial<Known>) => string | null)

export interface Step {
  name: string
  /** How many outside objects it makes, or their names where an earlier step chose them; journaled before it begins. */
  makes?: (known: never) => number | string[]
  /** Makes sure it is so. Repeating it changes nothing. What it returns is saved and known to the steps after it. */
  run: (known: never, hands: Hands) => Promise<object | void> | object | void
  /** What undoing it does, in words, such as "stop and remove the new containers"; null: there is nothing to undo, or it is not known yet. */
  undoes: Words<never>
  /** What undoing it leaves as it is, in words. */
  leaves?: Words<never>
  /** Why it has nothing to do, in words; its `run` is then not called, also after a death, unless it has a `pointOfNoReturn`; its `compensate` is. */
  skips?: Words<never>
  /** Makes sure it is not so, also when `run` got only half-way. Knows what the steps before it returned. */
  compensate?: (known: never, hands: Hands) => Promise<void> | void
  /** What it has begun that Davit cannot undo; asked once its compensation is over, recorded with the operation and told at its end. */
  lasting?: (known: never, hands: Hands) => Promise<Lasting | null>
  /** False: a cancel waits until it is through, and the screen says so. */
  interruptible?: boolean
  /** From its beginning on, the operation only moves forward. */
  pointOfNoReturn?: (known: never) => boolean
  /** Whether the plan shows the point of no return here before the answer is known; of several, the first is one. */
  usuallyNoReturn?: boolean | ((known: never) => boolean)
  /** What a new owner does when the runner died in it; `run again` unless said otherwise. */
  afterCrash?: (known: never, hands: Hands) => Promise<AfterCrash> | AfterCrash
  /** At SIGTERM the step is left as it is at once, and the next owner goes on with it. */
  handsOver?: boolean
  limitSeconds?: number
}

export type AfterCrash = 'run again' | 'roll back'

interface StepOf<Known, Output extends object | void> extends Omit<Step, 'name' | 'undoes' | 'leaves' | 'skips' | 'makes' | 'run' | 'compensate' | 'lasting' | 'pointOfNoReturn' | 'usuallyNoReturn' | 'afterCrash'> {
  undoes: Words<Known>
  leaves?: Words<Known>
  skips?: Words<Known>
  makes?: (known: Known) => number | string[]
  run: (known: Known, hands: Hands) => Promise<Output> | Output
  compensate?: (known: Known, hands: Hands) => Promise<void> | void
  lasting?: (known: Known, hands: Hands) => Promise<Lasting | null>
  pointOfNoReturn?: (known: Known) => boolean
  usuallyNoReturn?: boolean | ((known: Partial<Known>) => boolean)
  afterCrash?: (known: Known, hands: Hands) => Promise<AfterCrash> | AfterCrash
}

export type Conclusion = (hands: Hands) => Promise<void>

export interface Head<Schema extends z.ZodType> {
  /** Of the resource: `app`, `environment`, … */
  kind: string
  /** What is asked for: `deploy`, `provision`, … Kind and type together name a definition. */
  type: string
  /** What people send. Its output is what is recorded, so a transform in it seals secrets before they are stored. */
  schema: Schema
  /** What starting it needs in the environment it is in; a rollback's depends on what it undoes. */
  scope: Needs | ((input: z.output<Schema>, tx: Pick<Transaction, 'select'>) => Promise<Needs>)
  /** Reads what it needs and refuses what cannot be; checks that must be certain belong into a step. */
  target: (input: z.output<Schema>, tx: Transaction) => Promise<Target>
  /** A finished one can be rolled back by a new operation. */
  canRollBack?: boolean
  /** Nothing of ours to undo, and its page says so. */
  trivial?: boolean
  /** Puts back what another operation left: when it fails, that stays as it is. */
  putsBackForAnother?: boolean
  /** Each told once, of the whole: after the last step, or after all is undone. What fails in one changes nothing of how the operation ends. */
  conclusions?: Conclusion[]
  /** Taken although the resource is blocked, ahead of what waits for the block. */
  passesBlocks?: boolean
}

export interface Definition extends Omit<Head<z.ZodType>, 'target' | 'scope'> {
  scope: Needs | ((input: never, tx: Pick<Transaction, 'select'>) => Promise<Needs>)
  target: (input: never, tx: Transaction) => Promise<Target>
  steps: Step[]
}

/** A definition under construction: each step knows, by type, what the input and the steps before it gave. */
export interface Builder<Schema extends z.ZodType, Known> extends Head<Schema> {
  steps: Step[]
  step<Output extends object | void>(
    name: string,
    step: StepOf<Known, Output>,
  ): Builder<Schema, Known & (Output extends object ? Output : unknown)>
  /** Steps that several types share, such as a rollout. */
  with<More>(steps: (before: Builder<Schema, Known>) => Builder<Schema, More>): Builder<Schema, More>
  /** Puts something around the steps so far, and adds what it tells of the whole. */
  around(wrap: (step: Step, index: number) => Step, conclusion: Conclusion): Builder<Schema, Known>
}

/**
 * Begins the definition of an operation type. One file in lib/operations and one line in its index
 * are all that a new type needs.
 */
export function operation<Schema extends z.ZodType>(head: Head<Schema>): Builder<Schema, z.output<Schema>> {
  return extend(head, [])
}

function extend<Schema extends z.ZodType, Known>(head: Head<Schema>, steps: Step[]): Builder<Schema, Known> {
  const builder: Builder<Schema, Known> = {
    ...head,
    steps,
    step(name, step) {
      if ((step.undoes === null) !== (step.compensate === undefined)) {
        throw new Error(`step "${name}" of ${head.kind}.${head.type} must say what its compensation undoes, or have none`)
      }
      return extend(head, [...steps, { name, ...step }])
    },
    with: (more) => more(builder),
    around: (wrap, conclusion) => extend({ ...head, conclusions: [...(head.conclusions ?? []), conclusion] }, steps.map(wrap)),
  }
  return builder
}

/** The steps as they are recorded with an operation and shown before anything happens, and again when more is known. */
export function planOf(definition: Definition, known: object): PlannedStep[] {
  const noReturn = definition.steps.find(({ usuallyNoReturn: usual }) => (typeof usual === 'function' ? usual(known as never) : usual))
  return definition.steps.map((step) => {
    const leaves = wordsOf(step.leaves, known)
    const skips = wordsOf(step.skips, known)
    return {
      name: step.name,
      undoes: wordsOf(step.undoes, known),
      ...(leaves !== null && { leaves }),
      ...(skips !== null && { skips }),
      interruptible: step.interruptible ?? true,
      pointOfNoReturn: step === noReturn,
    }
  })
}

export function wordsOf(words: Words<never> | undefined, known: object): string | null {
  return typeof words === 'function' ? words(known as never) : (words ?? null)
}
