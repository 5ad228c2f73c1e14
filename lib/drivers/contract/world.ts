import { setTimeout as pause } from 'node:timers/promises'
import type { ContainerName, ContainerSpec, Driver, LogLine, Owner, PullRequest, StepIo } from '../driver.ts'

/** What a container of the contract does; `World.command` says how it is asked to. */
export type Behaviour =
  /** Says "serving"; answers 200 at / and 404 elsewhere on PORT. At SIGTERM it says "told to stop" and ends with 0. */
  | 'serve'
  /** Says "deaf" and stays, listening on nothing. */
  | 'never listen'
  /** Says "asleep" and stays; a driver with a clock of its own may take it for one that never listens. */
  | 'never come up'
  /** Says "cannot find the moon" and ends with 3. */
  | 'crash'
  /** Says "one", "two" and "three", and ends with 0. */
  | 'say three lines'
  /** Serves, says "stubborn", and goes on after SIGTERM. */
  | 'ignore SIGTERM'
  /** Listens on PORT and says "waiting"; when poked, says "poked" and ends with 7. */
  | 'wait for a poke'
  /** Leaves two grandchildren in sessions of their own, says "scattered" and stays. */
  | 'scatter'
  /** Says `GREETING=` and that variable, then `PORT=` and that one, in lines of JSON, and ends with 0. */
  | 'tell variables'
  /** Says a line of 100,000 letters x, then "after", and ends with 0. */
  | 'say a long line'
  /** Says "before the end" without a newline, and ends with 0. */
  | 'end in mid-line'
  /** Adds one to the number in the file counts/count on its volume, says "count " and the sum, and ends with 0. */
  | 'keep a count'
  /** Says path, colon, space and content of every file on its volume, in the order of their paths, and ends with 0. */
  | 'tell volume'
  /** Two processes; says "two of us". Told to stop, the first says the signal and "for one" or "for two", and ends all. */
  | 'say who is told'

export interface SourceFiles {
  procfile: string | null
  davitYml?: string
  /** What its build does; without, there is nothing to build. */
  build?: Behaviour
}

export interface TestSource {
  url: string
  /** Of the last commit of `main`. */
  commit: string
  /** To be asked for, that its last commit may be built as its files say; null where the source says it by itself. */
  buildCommand: string | null
  /** Another commit on `main`. */
  push(files: SourceFiles): Promise<string>
}

/** What `testDriver` is given of an engine. */
export interface World {
  driver: Driver
  /** Another runner's driver, over the same containers and images. */
  another: Driver
  /** A repository (or whatever images are made from) in which every behaviour can be run. */
  makeSource(files: SourceFiles): Promise<TestSource>
  /** Whether what a source declares can be told before it is pulled. */
  declares: boolean
  /** The shortest name by which a commit is found. */
  shorten(commit: string): string
  /** Whether images are made of programs of this machine. */
  takesPrograms: boolean
  /** An address of the right form at which nothing answers. */
  deadUrl: string
  command(behaviour: Behaviour): string
  poke(name: ContainerName): Promise<void>
  /** How many processes of a container there are, by the engine's own account. */
  countProcesses(name: ContainerName): Promise<number>
  /** All that there is of ours, by the engine's own account, in words that differ when it differs. */
  everything(): Promise<string[]>
  /** Every command line another user of the machine could see. */
  visibleCommandLines(): Promise<string>
  /** Removes all that the contract left. */
  close(): Promise<void>
}

export type Opened = () => World

let named = 0
/** A name that nothing else in this run has. */
export const freshName = (what: string) => `contract-${what}-${process.pid}-${++named}`

export const owner: Owner = { id: 1, handle: 'storefront' }

export interface RecordedIo extends StepIo {
  lines: (LogLine & { source: string })[]
  texts(source?: string): string[]
  abort(reason: unknown): void
  guarded: number
}

/** An operation's side of a call: keeps what is logged, aborts when told to. */
export function recordIo(): RecordedIo {
  const controller = new AbortController()
  const lines: RecordedIo['lines'] = []
  return {
    signal: controller.signal,
    lines,
    guarded: 0,
    texts: (source) => lines.filter((line) => source === undefined || line.source === source).map((line) => line.text),
    abort: (reason) => controller.abort(reason),
    async line(line) {
      lines.push(line)
    },
    loggedUpTo: async (source, since) => lines.findLast((line) => line.source === source && line.at >= since)?.position ?? 0,
    async guard() {
      this.guarded += 1
    },
    progress: () => {},
  }
}

export function pullRequest(source: TestSource, changes: Partial<PullRequest> = {}): PullRequest {
  const sources = [{ url: source.url, credential: null }]
  const { buildCommand } = source
  return { name: freshName('build'), owner, sources, ref: 'main', buildCommand, version: null, variables: {}, fence: 1, ...changes }
}

/** A container of a freshly pulled image, not started. */
export async function makeSpec(world: World, behaviour: Behaviour, changes: Partial<ContainerSpec> = {}): Promise<ContainerSpec> {
  const source = await world.makeSource({ procfile: 'web: serve' })
  const image = await world.driver.pull(pullRequest(source), recordIo())
  const command = world.command(behaviour)
  return { name: freshName('c'), owner, environment: 1, image: image.id, place: 'local', command, variables: {}, port: true, fence: 1, ...changes }
}

/** The one place where tests wait for what gives no event; the limit only ends what would hang. */
export async function until(what: string, condition: () => Promise<boolean> | boolean): Promise<void> {
  const limit = performance.now() + 30_000
  while (!(await condition())) {
    if (performance.now() > limit) throw new Error(`waited in vain until ${what}`)
    await pause(10)
  }
}

export async function untilSaid(world: World, name: ContainerName, text: string): Promise<void> {
  const leave = new AbortController()
  const limit = setTimeout(() => leave.abort(), 30_000)
  try {
    for await (const line of world.driver.logs({ name }, 0, leave.signal)) if (line.text === text) return
  } finally {
    clearTimeout(limit)
  }
  throw new Error(`${name} never said "${text}"`)
}
