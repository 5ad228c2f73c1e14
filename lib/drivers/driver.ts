import { Refusal } from '../refusal.ts'
import type { VolumeName, Volumes } from './volumes.ts'

/** What Davit asks of a container engine. Every promise here is proved by `testDriver` in contract.ts. */
export interface Driver {
  /**
   * Chooses a place for each container. Changes nothing.
   * @throws Refusal `conflict` with the numbers when old and new do not fit together.
   */
  place(request: PlacementRequest): Promise<Placement[]>

  /**
   * Has the image at that place: resolves the ref, fetches, builds. Safe to repeat: an image that is
   * there is not built twice, and what a dead runner's build of the same `name` left is killed, awaited
   * and cleared away first. An abort kills the build whole, whatever its reason: a build cannot be handed
   * over. Sources are tried in order; each try is a line of the log.
   * @throws Refusal `invalid` (unknown ref, no Procfile, failing build) or `unavailable` (no source answered).
   */
  pull(request: PullRequest, io: StepIo): Promise<PulledImage>

  /** Whether an image is there whole, so that a pull of its version need not build. */
  hasImage(image: ImageId): Promise<boolean>

  /**
   * Looks at what a pull would find: the ref is resolved, sources in their order, and what its tree declares is
   * read where that takes no build and no image. Nothing is built, and without an owner nothing is kept. It waits
   * for no pull; an abort ends it whole, with the signal's reason. Null: too many look at once.
   * @throws Refusal as `pull` would, `fields` naming what of the request is wrong: `ref`, `sources.0.url`.
   */
  preview(request: PreviewRequest, signal: AbortSignal): Promise<Preview | null>

  /** Removes an image, for whoever holds its app. Removing what is absent is fine. */
  removeImage(image: ImageId): Promise<void>

  /**
   * Removes an image for somebody who does not hold its app. `isNeeded` has the last word: it is asked while
   * nothing of that owner is being pulled, and nothing is until the image is gone. False: it was left, as it
   * is needed or the owner was busy.
   * @throws ImageInUse
   */
  discardImage(image: ImageId, owner: number, isNeeded: () => Promise<boolean>): Promise<boolean>

  /** What is kept of each owner beside its containers and volumes, so that a sweep can find what nobody needs. */
  kept(): Promise<Kept[]>

  /**
   * Frees all that is kept of an owner that is gone for good: containers with their output, images, caches,
   * whatever it is registered under. Safe to repeat; nothing of another owner is touched. Volumes stay, and with
   * them what their owner is registered under, which is kept of it once the last of them is removed.
   */
  forget(owner: number): Promise<void>

  /**
   * Makes ready whatever a start need not wait for; `start` of the same specification does the rest. Nothing of it runs
   * yet, so another may be using its volume and its address. Safe to repeat, and to leave out: what was made ready may
   * go with this process.
   * @throws Refusal as `start` would, but not because of what another is using.
   */
  prepare(container: ContainerSpec, io: StepIo): Promise<void>

  /**
   * Makes sure a container of that name runs. Safe to repeat, also at once; never a second one. One that has
   * ended is started again, at the same address, and its output goes on.
   * @throws Refusal when the image is unknown or the process cannot be started.
   */
  start(container: ContainerSpec, io: StepIo): Promise<StartedContainer>

  /**
   * Resolves when healthy; throws a Refusal `conflict` with the reason and the container's last lines;
   * or throws the signal's reason when it aborts. Never anything else.
   */
  waitUntilHealthy(container: ContainerRef, check: HealthCheck, io: StepIo): Promise<void>

  /**
   * Its stop signal, then SIGKILL after `graceSeconds`, which is told in the log; resolves once every process of it is
   * gone. Stopping what is absent is fine.
   */
  stop(container: ContainerRef, graceSeconds: number, io: StepIo): Promise<void>

  /** Stops at once whatever still runs and forgets the container with its output. Removing what is absent is fine. */
  remove(container: ContainerRef): Promise<void>

  /**
   * A throw-away container: its output to the log, its exit code back. A container of that name that runs
   * already is adopted; one that has ended gives its recorded exit code and is not run again. When the
   * signal aborts with `HandOver` as its reason the container is left running; with any other reason it is
   * killed whole, and awaited.
   * @throws Refusal `conflict` when it ended without an exit code: it was begun, and nobody knows how far it came.
   */
  runOnce(container: ContainerSpec, io: StepIo): Promise<ExitCode>

  /** What is known of one container; null when there is none of that name. */
  inspect(container: ContainerRef): Promise<ContainerState | null>

  /**
   * Line by line from a position; ends with the container, stops when the reader leaves or the signal aborts.
   * Lines are cut at 64 KB, marked. Empty when there is no container of that name.
   */
  logs(container: ContainerRef, from: LogPosition, signal: AbortSignal): AsyncIterable<LogLine>

  /** So many at most, the oldest first, for a message that says why something ended. Empty when there is no container of that name. */
  lastLines(container: ContainerRef, count: number): Promise<string[]>

  /** Everything of this installation on this stack, running or ended, so that a sweep can find what nobody owns. */
  list(): Promise<ContainerState[]>

  /** Whether apps are kept apart from each other and from Davit, and why not; in words for the stack's page. */
  describe(): Promise<DriverDescription>

  /** Null: this engine keeps no volumes, and no databases are offered on it. */
  readonly volumes: Volumes | null
}

export type ContainerName = string
export type ImageId = string
/** A folder, node or `local`: where a container goes. */
export type Place = string
/** 0 to 255; 128 + n when a signal n ended it. */
export type ExitCode = number
/** How far into a container's output: it grows from line to line, in what the engine can seek by; 0 is the beginning. */
export type LogPosition = number

/** The reason a step's signal aborts with when its runner is stopping and another will go on. */
export class HandOver extends Error {
  constructor() {
    super('the runner is stopping; another goes on with this step')
    this.name = 'HandOver'
  }
}

/** Why an image stays: somebody whom Davit does not know is using it. */
export class ImageInUse extends Refusal {
  constructor(image: ImageId, words: string) {
    super('conflict', `The image ${image} is left as it is: ${words}.`)
  }
}

/** What a driver call may do besides its work. */
export interface StepIo {
  signal: AbortSignal
  /** Appends to the operation's log. Awaiting it is the back-pressure. */
  line(line: LogLine & { source: ContainerName | 'davit' }): Promise<void>
  /** Where the log stopped for what runs under that name since then; 0 when it has no line of it. A name that was removed may run anew. */
  loggedUpTo(source: ContainerName, since: Date): Promise<LogPosition>
  /** Rejects when this runner no longer owns the operation. Drivers await it right before each change. */
  guard(): Promise<void>
  /** Says what the step is waiting for, for the operation page: "2 of 3 containers are healthy". */
  progress(text: string): void
}

export interface LogLine {
  /** When it was read, where the engine does not keep when it was written. */
  at: Date
  /** `stdout` also where the engine keeps both streams in one, in their order. */
  stream: 'stdout' | 'stderr'
  text: string
  /** Just after this line. */
  position: LogPosition
}

export interface PlacementRequest {
  containers: {
    name: ContainerName
    memoryMb: number
    /** It starts while all that runs now still does; else once the elders have stopped. */
    beside: boolean
    /** Asked for; absent: the driver chooses. */
    place?: Place
  }[]
  /** Those that stop before what is not beside them starts: what they take is free by then. */
  elders: { memoryMb: number }[]
}

export interface Placement {
  name: ContainerName
  place: Place
}

export interface PullRequest {
  /** Of the build's throw-away container: from (operation, step, index). */
  name: ContainerName
  /** Whose image it is; isolates one app's builds and files from another's. */
  owner: Owner
  /** Tried in order. Credentials are in the clear here and go nowhere else: not to a log, an error, argv or a URL on disk. */
  sources: ImageSource[]
  /** Instead of the sources, where containers are processes of this machine. */
  programs?: Programs
  /** Branch, tag or commit; of programs a version, or its beginning. */
  ref: string
  buildCommand: string | null
  /** Given when a known version is wanted again: the ref is then not resolved anew. */
  version: string | null
  /** Variables the build sees. */
  variables: Record<string, string>
  fence: number
}

/** A git repository or an image of a registry. */
export interface ImageSource {
  url: string
  credential: string | null
}

/** What came with Davit, or lies on its machine, and is made an image of without being built. */
export interface Programs {
  /** They are kept by it: `[a-z0-9-]+`. */
  name: string
  /** In words. */
  title: string
  /** Those that can be had now; none where they are missing. */
  versions(): Promise<string[]>
  /** Puts those of a version into an empty folder. */
  put(version: string, folder: string): Promise<void>
}

export interface PreviewRequest extends Pick<PullRequest, 'sources' | 'ref'> {
  /** Null: there is no app yet. */
  owner: Owner | null
}

export interface Preview {
  version: string
  /** Null: only the image itself would tell. */
  declared: { procfile: string; davitYml: string | null } | null
}

export interface PulledImage {
  id: ImageId
  /** The commit or digest. */
  version: string
  /** True when it had to be made; false when it was there. */
  made: boolean
  procfile: string | null
  davitYml: string | null
}

/** An app or database: on the local driver it has a uid of its own. Ids are those of resources. */
export interface Owner {
  id: number
  handle: string
}

export interface ContainerSpec {
  name: ContainerName
  owner: Owner
  /** By its id. Where an engine has networks, the containers of one environment reach each other, and those of no other. */
  environment: number
  image: ImageId
  place: Place
  /** Run by the image's shell: it is the app author's own line from the Procfile, one argv element. */
  command: string
  /** Handed over out of argv's sight. PORT is added by the driver where `port` is true. */
  variables: Record<string, string>
  port: boolean
  /**
   * Whoever listens under the same name has the same address, one after the other and never two at once: a database
   * keeps its address through all its containers. Beside PORT it is given HOST, which to listen on.
   * Absent: the address is the container's own.
   */
  listensAs?: string
  /** Attached, or the start is refused as `conflict`. Its path is the variable VOLUME; nothing else of it is seen by others. */
  volume?: VolumeName
  /** What tells the command, and it alone, to stop; absent: SIGTERM, to every process. */
  stopSignal?: StopSignal
  /** What it may take at most, on an engine that can see to it; absent: what there is. */
  limits?: { memoryMb?: number; cpus?: number }
  /** The fence of the operation that makes it; kept on the object. */
  fence: number
}

export type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGQUIT'

export interface ContainerRef {
  name: ContainerName
}

export interface StartedContainer {
  name: ContainerName
  /** Null when the container listens on nothing. */
  address: { host: string; port: number } | null
}

export interface ContainerState {
  name: ContainerName
  owner: number
  fence: number
  image: ImageId
  running: boolean
  /** Null while it runs, or when it ended unseen. */
  exitCode: ExitCode | null
  startedAt: Date
  address: { host: string; port: number } | null
}

export interface Kept {
  owner: number
  /** Also those of which a build that died made a part. Empty where only caches are left. */
  images: ImageId[]
}

export type HealthCheck =
  | { kind: 'http'; path: string; /** Only 200 counts. */ strict: boolean; limitSeconds: number; intervalMs: number }
  | { kind: 'uptime'; uptimeSeconds: number }

export interface DriverDescription {
  isolated: boolean
  summary: string
  /** What there is to say of an engine that is not Davit's own. */
  facts?: { name: string; value: string }[]
}
