import type { z } from 'zod'
import type { Driver } from './driver.ts'

export interface StackToOpen {
  id: number
  driver: string
  settings?: Record<string, unknown>
}

export type Settings = Record<string, unknown>

/** What was found at an engine, in words for a screen. */
export interface Fact {
  name: string
  value: string
}

/** What Davit has to know of a driver before a stack with it is open. */
export interface Registration {
  open(stack: StackToOpen): Driver
  /** What a form gives of its settings. */
  Given: z.ZodType<Settings>
  /** The same as it is recorded: with its secrets sealed. */
  seal(given: Settings): Settings
  /** What a stack keeps: a secret that was not given anew stays as it was. */
  keep(sealed: Settings, former: Settings): Settings
  /** For its form: what is secret is only said to be there. */
  show(kept: Settings): Settings
  /** Null: there is none that could be away. */
  engine: Engine | null
  /** Null: its settings name none. */
  places: GivenPlaces | null
}

/** Places as settings name them, given or kept. */
export interface GivenPlaces {
  /** What stands against using those that are new or led elsewhere, by setting; a stack that is not yet there is null. */
  troubles(given: Settings, stack: StackToOpen | null): Record<string, string>
  /** Those of the stack that would be none of its own any more, by name. */
  dropped(given: Settings, stack: StackToOpen): string[]
}

export interface Engine {
  /** The same for settings, given or kept, by which it is reached in the same way. */
  where(settings: Settings): string
  /**
   * What is found there now; `id` is the same only for the same engine.
   * @throws Refusal `unavailable` in the engine's own words, `fields` naming the setting.
   */
  probe(where: string): Promise<{ id: string; facts: Fact[] }>
}
