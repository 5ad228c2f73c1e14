import { createHash } from 'node:crypto'
import type { ContainerName, ContainerState, Driver, ExitCode, ImageId, Place } from '../driver.ts'
import type { OddUser, VolumeName, Volumes, VolumeSpec } from '../volumes.ts'
import { MemoryContainer, type ContainerSnapshot } from './container.ts'
import { programOf, type Program } from './programs.ts'

export interface SourceFiles {
  procfile: string | null
  davitYml?: string | null
}

export interface MemoryImage {
  id: ImageId
  owner: number
  version: string
  procfile: string | null
  davitYml: string | null
}

export interface MemoryVolume extends VolumeSpec {
  /** False while it is being made. */
  whole: boolean
  attached: boolean
  /** By path. */
  files: Map<string, string>
}

export interface MemoryPlace {
  totalMb: number
  trouble: string | null
}

/** What an operation should have put back is equal in the snapshots before and after. */
export interface WorldSnapshot {
  containers: ContainerSnapshot[]
  images: ImageId[]
  volumes: (Pick<MemoryVolume, 'name' | 'place' | 'sizeMb' | 'attached'> & { files: Record<string, string> })[]
}

export type Method = keyof Driver | `volumes.${keyof Volumes}`
type Moment = 'before' | 'after'

/** One call, held until it is let on. */
export interface Gate {
  /** Resolves when a call stands at the gate, with the name it is about. */
  reached: Promise<string>
  open(): void
  fail(error: Error): void
}

interface Hold {
  method: Method
  moment: Moment
  of: string | RegExp | null
  arrive(name: string): void
  passed: Promise<void>
}

/** An engine in memory: everything happens when a test lets it, nothing by the clock. */
export class MemoryWorld {
  readonly containers = new Map<ContainerName, MemoryContainer>()
  readonly images = new Map<ImageId, MemoryImage>()
  /** Owners for whom anything was ever fetched, until they are forgotten. */
  readonly caches = new Set<number>()
  readonly volumes = new Map<VolumeName, MemoryVolume>()
  /** Volumes fit in these; containers have one place, and those on a volume the place of that. */
  readonly places = new Map<Place, MemoryPlace>(['memory', 'elsewhere'].map((place) => [place, { totalMb: 1_000_000, trouble: null }]))
  /** Who listens where, by the name it listens as. */
  readonly listeners = new Map<string, { owner: number; port: number }>()
  /** Every change made, in order: `start web-1`, `stop web-1`, `pull 4f3c…`. */
  readonly changes: string[] = []
  memoryMb = 64_000
  freeMemoryMb = 64_000
  isolated = true
  growsWhileUsed = true
  /** False: the size of a volume is advice. */
  sized = true
  oddUser: OddUser | null = null
  #sources = new Map<string, { id: string; files: SourceFiles }[]>()
  #down = new Set<string>()
  #programs = new Map<string, Program>()
  #holds: Hold[] = []
  #waiting = new Set<() => void>()
  #turns = new Map<string, Promise<unknown>>()
  #ports = 20_000
  #told = 0

  /** Another commit on `main` of the repository at that URL, which is made by its first. */
  push(url: string, files: SourceFiles): string {
    const commits = this.#sources.get(url) ?? []
    const id = createHash('sha1').update(`${url} ${commits.length}`).digest('hex')
    this.#sources.set(url, [...commits, { id, files }])
    return id
  }

  /** From now on that source does not answer. */
  takeDown(url: string): void {
    this.#down.add(url)
  }

  bringUp(url: string): void {
    this.#down.delete(url)
  }

  /** What a command does from now on, instead of what programs.ts says. */
  script(command: string, program: Program): void {
    this.#programs.set(command, program)
  }

  programOf(command: string): Program {
    return this.#programs.get(command) ?? programOf(command)
  }

  /** The next call of a method, of any name or that one, waits at the gate: before its effect, or after. */
  hold(method: Method, options: { of?: string | RegExp; moment?: Moment } = {}): Gate {
    const reached = Promise.withResolvers<string>()
    const passed = Promise.withResolvers<void>()
    // Whoever fails a gate that nobody reaches has not lost an error.
    passed.promise.catch(() => {})
    this.#holds.push({ method, moment: options.moment ?? 'before', of: options.of ?? null, arrive: reached.resolve, passed: passed.promise })
    return { reached: reached.promise, open: passed.resolve, fail: passed.reject }
  }

  /** The next call of a method fails. */
  fail(method: Method, error: Error, options: { of?: string | RegExp; moment?: Moment } = {}): void {
    this.hold(method, options).fail(error)
  }

  poke(name: ContainerName): void {
    this.containers.get(name)?.poke()
  }

  /** Ends a container from outside, as a crash or an operator would. */
  end(name: ContainerName, exitCode: ExitCode): void {
    this.containers.get(name)?.end(exitCode)
  }

  /** Its machine is started anew: nothing runs any more, which nobody saw end, and nothing is attached. */
  reboot(): void {
    for (const container of this.containers.values()) container.end(null)
    for (const volume of this.volumes.values()) volume.attached = false
  }

  /** The disk of a place is away, and so is all that ran on it; it holds the same once it is back. */
  losePlace(place: Place): void {
    this.places.get(place)!.trouble = 'its disk is away'
    for (const volume of this.volumes.values()) {
      if (volume.place !== place) continue
      for (const container of this.containers.values()) if (container.volume === volume.name) container.end(137)
      volume.attached = false
    }
  }

  bringPlace(place: Place): void {
    this.places.get(place)!.trouble = null
  }

  states(): ContainerState[] {
    return [...this.containers.values()].map((container) => container.state())
  }

  snapshot(): WorldSnapshot {
    const containers = [...this.containers.values()].map((container) => container.snapshot())
    const volumes = [...this.volumes.values()].map(({ name, place, sizeMb, attached, files }) => ({ name, place, sizeMb, attached, files: Object.fromEntries(files) }))
    return { containers: containers.sort(byName), images: [...this.images.keys()].sort(), volumes: volumes.sort(byName) }
  }

  /** Null: it does not answer. An empty list: it has no such ref. */
  commitsOf(url: string, ref: string): { id: string; files: SourceFiles }[] | null {
    const commits = this.#down.has(url) ? undefined : this.#sources.get(url)
    if (commits === undefined) return null
    return ref === 'main' || ref === 'HEAD' ? commits.slice(-1) : commits.filter(({ id }) => ref.length >= 4 && id.startsWith(ref))
  }

  nextPort(): number {
    return this.#ports++
  }

  portOf(listensAs: string, owner: number): number {
    const listener = this.listeners.get(listensAs) ?? { owner, port: this.nextPort() }
    this.listeners.set(listensAs, listener)
    return listener.port
  }

  /** Never before what was told last; `later` than all of it, so that a start divides what was said before it from what is said after. */
  now(later: 0 | 1 = 0): Date {
    this.#told = Math.max(Date.now(), this.#told + later)
    return new Date(this.#told)
  }

  /** One after another for each name, as an engine's own lock would have it; a runner's death ends its turn. */
  async alone<Result>(name: string, death: Promise<void>, run: () => Promise<Result>): Promise<Result> {
    const turn = (this.#turns.get(name) ?? Promise.resolve()).then(run)
    this.#turns.set(name, Promise.race([turn.catch(() => {}), death]))
    return await turn
  }

  async pass(method: Method, moment: Moment, name: string, signal: AbortSignal): Promise<void> {
    const index = this.#holds.findIndex((hold) => hold.method === method && hold.moment === moment && fits(hold.of, name))
    const [hold] = index === -1 ? [] : this.#holds.splice(index, 1)
    if (hold === undefined) return
    hold.arrive(name)
    await Promise.race([hold.passed, aborted(signal)])
    signal.throwIfAborted()
  }

  changed(what?: string): void {
    if (what !== undefined) this.changes.push(what)
    for (const wake of this.#waiting) wake()
    this.#waiting.clear()
  }

  /** Resolves at the next change of anything, or when the signal aborts. */
  async nextChange(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    if (signal.aborted) return
    this.#waiting.add(resolve)
    const wake = () => resolve()
    signal.addEventListener('abort', wake)
    await promise
    signal.removeEventListener('abort', wake)
  }

  /** Resolves once a container has said that line; a test that waits in vain fails after ten seconds. */
  async said(name: ContainerName, text: string): Promise<void> {
    const limit = AbortSignal.timeout(10_000)
    while (!this.containers.get(name)?.linesAfter(0).some((line) => line.text === text)) {
      await this.nextChange(limit)
      if (limit.aborted) throw new Error(`${name} never said "${text}"`)
    }
  }
}

export function createMemoryWorld(): MemoryWorld {
  return new MemoryWorld()
}

const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1)

function fits(of: string | RegExp | null, name: string): boolean {
  return of === null || (typeof of === 'string' ? of === name : of.test(name))
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
