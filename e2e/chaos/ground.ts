import type { Chance } from './random.ts'
import type { Source } from './source.ts'

/** What a campaign has to know of the driver it takes place on. */
export interface Ground {
  /** Of the stack's provision. */
  stack: object
  /** Where on that stack a database can be. */
  places: string[]
  /** Has what databases are started from where the stack looks for it. */
  offerDatabases(): Promise<void>
  /** An app's code, under that name. */
  makeSource(name: string, shape: { overlap: boolean }): Source
  /** How often what happens to the engine itself. */
  accidents: Record<string, number>
  /** Lets one of those happen; resolves when it is over. */
  cause(accident: string, chance: Chance, say: (text: string) => void): Promise<void>
  /** Ends a running container, without a word to Davit; false when there was none of that name. */
  kill(name: string): Promise<boolean>
  /** What runs or lies about for a container or build that is none of these. */
  strays(owned: Set<string>): Promise<string[]>
  /** Whatever is there that a stack without anything on it has no need of. */
  left(): Promise<string[]>
  /** Takes every container down with the engine, which is back when this resolves; null where there is no engine. */
  takeDown: (() => Promise<void>) | null
  close(): Promise<void>
}
