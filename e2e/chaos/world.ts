import type { Driver } from '#lib/drivers/driver.ts'
import type { Check } from './checks.ts'
import type { Ground } from './ground.ts'
import type { Chance } from './random.ts'

/** An operation to ask for. */
export interface Wanted {
  kind: string
  type: string
  input: object
  /** For the log. */
  words: string
  /** The words its error has to have when it fails for a reason of its own; null: it has none. */
  failsWith: RegExp | null
  /** Told of the operation. */
  recorded?: ((id: number) => void) | undefined
}

export interface Failed {
  error: string
  startedAt: Date
  finishedAt: Date
}

/** What is worked on, and disturbed. */
export interface World {
  ground: Ground
  driver: Driver
  /** What may be asked for next; null: nothing this time. */
  next(chance: Chance): Promise<Wanted | null>
  /** Containers that may be killed. */
  victims(): Promise<string[]>
  /** Accidents that may fail an operation. `killedAt`: when containers were killed. */
  mayFail(failed: Failed, killedAt: Date[]): boolean
  /** What has to be so once everything has settled; until then it may take the sweep a moment. */
  check(): Promise<Check[]>
  /** What was promised to whoever made use of it all the while. */
  checkUse(): Promise<Check[]>
  /** Ends that use; nothing is disturbed any more. */
  conclude(): Promise<Check[]>
  /** Who made use of it, and how. */
  figures(): { title: string; rows: Record<string, string | number>[] }
  close(): Promise<void>
}
