import type { ContainerSpec, ContainerState, ExitCode, ImageId, LogLine, LogPosition, StopSignal } from '../driver.ts'
import type { VolumeName } from '../volumes.ts'
import { createLineCutter } from '../lines.ts'
import type { Answer, MemoryProcess } from './programs.ts'
import type { MemoryWorld } from './world.ts'

export interface ContainerSnapshot {
  name: string
  owner: number
  image: ImageId
  command: string
  variables: Record<string, string>
  running: boolean
  exitCode: ExitCode | null
}

/** One container, from its first start on: a name that starts again goes on here, with the same port and output. */
export class MemoryContainer {
  readonly port: number | null
  running = false
  exitCode: ExitCode | null = null
  /** Up, for a container that awaits nothing more before it is what it will be. */
  isUp = false
  answer: Answer | null = null
  processes = 0
  #world: MemoryWorld
  #spec: Omit<ContainerSpec, 'environment'>
  #startedAt = new Date()
  #output = Buffer.alloc(0)
  #told = Promise.withResolvers<StopSignal>()
  #poked = Promise.withResolvers<void>()
  #starts = 0

  constructor(world: MemoryWorld, spec: Omit<ContainerSpec, 'environment'>) {
    this.#world = world
    this.#spec = spec
    const { listensAs, owner } = spec
    this.port = !spec.port ? null : listensAs === undefined ? world.nextPort() : world.portOf(listensAs, owner.id)
  }

  get volume(): VolumeName | null {
    return this.#spec.volume ?? null
  }

  get listensAs(): string | null {
    return this.#spec.listensAs ?? null
  }

  start(spec: Omit<ContainerSpec, 'environment'>): void {
    const start = ++this.#starts
    Object.assign(this, { running: true, exitCode: null, isUp: false, answer: null, processes: 1 })
    this.#spec = spec
    this.#startedAt = this.#world.now(1)
    this.#told = Promise.withResolvers<StopSignal>()
    this.#poked = Promise.withResolvers<void>()
    const program = this.#world.programOf(spec.command)
    const ended = program(this.#process(() => this.#starts === start && this.running))
    ended.then(
      (code) => this.#starts === start && this.end(code),
      (error: Error) => {
        this.#write(`${error.message}\n`)
        if (this.#starts === start) this.end(1)
      },
    )
    this.#world.changed(`start ${spec.name}`)
  }

  tell(): void {
    this.#told.resolve(this.#spec.stopSignal ?? 'SIGTERM')
  }

  poke(): void {
    this.#poked.resolve()
  }

  end(exitCode: ExitCode | null): void {
    if (!this.running) return
    Object.assign(this, { running: false, exitCode, isUp: false, answer: null, processes: 0 })
    this.#world.changed()
  }

  lastLines(count: number): string[] {
    return this.linesAfter(0).slice(-count).map(({ text }) => text)
  }

  /** Whole lines after a position, and the rest once it has ended. */
  linesAfter(position: LogPosition): LogLine[] {
    const cutter = createLineCutter(position)
    const lines = cutter.push(this.#output.subarray(position))
    const all = this.running ? lines : [...lines, ...cutter.end()]
    return all.map((line) => ({ at: this.#world.now(), stream: 'stdout', ...line }))
  }

  state(): ContainerState {
    const { name, owner, fence, image } = this.#spec
    return {
      name, owner: owner.id, fence, image, running: this.running, exitCode: this.exitCode, startedAt: this.#startedAt,
      address: this.port === null ? null : { host: '127.0.0.1', port: this.port },
    }
  }

  snapshot(): ContainerSnapshot {
    const { name, owner, image, command, variables } = this.#spec
    return { name, owner: owner.id, image, command, variables, running: this.running, exitCode: this.exitCode }
  }

  #process(live: () => boolean): MemoryProcess {
    const write = (text: string) => {
      if (live()) this.#write(text)
    }
    const { variables, volume, listensAs } = this.#spec
    return {
      variables: {
        ...variables,
        ...(this.port === null ? {} : { PORT: String(this.port) }),
        ...(listensAs === undefined ? {} : { HOST: '127.0.0.1' }),
        ...(volume === undefined ? {} : { VOLUME: `/${volume}` }),
      },
      volume: volume === undefined ? null : (this.#world.volumes.get(volume)?.files ?? null),
      port: this.port,
      say: (text: string) => write(`${text}\n`),
      write,
      up: (answer?: Answer) => {
        if (!live()) return
        this.isUp = true
        this.answer = this.port === null ? null : (answer ?? null)
        this.#world.changed()
      },
      fork: () => {
        this.processes += 1
      },
      told: this.#told.promise,
      poked: this.#poked.promise,
    }
  }

  #write(text: string): void {
    this.#output = Buffer.concat([this.#output, Buffer.from(text)])
    this.#world.changed()
  }
}
