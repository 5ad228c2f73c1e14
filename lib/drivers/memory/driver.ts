import { Refusal } from '../../refusal.ts'
import {
  HandOver,
  type ContainerRef,
  type ContainerSpec,
  type Driver,
  type ExitCode,
  type PlacementRequest,
  type StepIo,
} from '../driver.ts'
import { refuseUnlessMemory } from '../machine/memory.ts'
import { sayKilled } from '../say.ts'
import { refuseOddVariables } from '../variables.ts'
import { MemoryContainer } from './container.ts'
import { follow, readLogs } from './follow.ts'
import { waitUntilHealthy } from './health.ts'
import { forget, kept } from './keep.ts'
import { preview, pull, turnOf } from './pull.ts'
import { openVolumes } from './open-volumes.ts'
import { findAttachedTo, refuseUnlessFree } from './volumes.ts'
import type { MemoryWorld, Method } from './world.ts'

/** A runner's way to a world in memory. Two drivers over one world are two runners. */
export interface MemoryDriver extends Driver {
  /** The runner is gone: none of its calls, under way or to come, does anything more or ever settles. */
  die(): void
}

interface Life {
  dead: boolean
  /** Resolves with it. */
  death: Promise<void>
}

const unheard = new AbortController().signal

export function createMemoryDriver(world: MemoryWorld): MemoryDriver {
  const death = Promise.withResolvers<void>()
  const life: Life = { dead: false, death: death.promise }
  const never = new Promise<never>(() => {})
  /** Every call passes here before its effect and after it. */
  async function call<Result>(method: Method, name: string, signal: AbortSignal, effect: () => Promise<Result>): Promise<Result> {
    if (life.dead) return await never
    try {
      await world.pass(method, 'before', name, signal)
      if (life.dead) return await never
      const result = await effect()
      await world.pass(method, 'after', name, signal)
      return life.dead ? await never : result
    } catch (error) {
      if (life.dead) return await never
      throw error
    }
  }
  /** A dead runner's guard never answers, so that no effect follows, and its log takes no line. */
  const owned = (io: StepIo): StepIo => ({
    ...io,
    guard: () => (life.dead ? never : io.guard()),
    line: (line) => (life.dead ? never : io.line(line)),
  })

  return {
    die() {
      life.dead = true
      death.resolve()
    },
    place: (request) => call('place', '', unheard, async () => place(world, request)),
    pull: (request, io) => call('pull', request.name, io.signal, () => pull(world, request, owned(io), life.death)),
    hasImage: async (image) => world.images.has(image),
    preview: (request, signal) => call('preview', request.owner?.handle ?? '', signal, () => preview(world, request, signal)),
    removeImage: (image) =>
      call('removeImage', image, unheard, async () => {
        if (world.images.delete(image)) world.changed(`remove image ${image}`)
      }),
    discardImage: (image, owner, isNeeded) =>
      call('discardImage', image, unheard, () =>
        world.alone(turnOf(owner), life.death, async () => {
          if (await isNeeded()) return false
          if (world.images.delete(image)) world.changed(`remove image ${image}`)
          return true
        }),
      ),
    kept: () => call('kept', '', unheard, async () => kept(world)),
    forget: (owner) => call('forget', String(owner), unheard, async () => forget(world, owner)),
    prepare: (spec, io) => call('prepare', spec.name, io.signal, () => prepare(world, spec, owned(io), life)),
    start: (spec, io) => call('start', spec.name, io.signal, () => start(world, spec, owned(io), life)),
    waitUntilHealthy: (ref, check, io) => call('waitUntilHealthy', ref.name, io.signal, () => waitUntilHealthy(world, ref, check, io)),
    stop: (ref, graceSeconds, io) => call('stop', ref.name, io.signal, () => stop(world, ref, graceSeconds, owned(io))),
    remove: ({ name }) =>
      call('remove', name, unheard, async () => {
        world.containers.get(name)?.end(137)
        if (world.containers.delete(name)) world.changed(`remove ${name}`)
      }),
    runOnce: (spec, io) => call('runOnce', spec.name, io.signal, () => runOnce(world, spec, owned(io), life)),
    inspect: ({ name }) => call('inspect', name, unheard, async () => world.containers.get(name)?.state() ?? null),
    lastLines: ({ name }, count) => call('lastLines', name, unheard, async () => world.containers.get(name)?.lastLines(count) ?? []),
    logs: ({ name }, from, signal) => readLogs(world, name, from, signal),
    list: () => call('list', '', unheard, async () => world.states()),
    describe: () =>
      call('describe', '', unheard, async () => ({
        isolated: world.isolated,
        summary: world.isolated ? 'Each app has a world of its own.' : 'Apps can reach each other: the test said so.',
      })),
    volumes: openVolumes(world, call, owned),
  }
}

function place(world: MemoryWorld, request: PlacementRequest) {
  const { containers } = request
  refuseUnlessMemory(request, 'this machine', { freeMb: world.freeMemoryMb, totalMb: world.memoryMb })
  const unknown = containers.find(({ place = 'memory' }) => !world.places.has(place))
  if (unknown !== undefined) throw new Refusal('not_found', `There is no place ${unknown.place}; there are ${[...world.places.keys()].join(', ')}.`)
  return containers.map(({ name, place = 'memory' }) => ({ name, place }))
}

async function start(world: MemoryWorld, spec: ContainerSpec, io: StepIo, { death }: Life) {
  io.signal.throwIfAborted()
  return await world.alone(spec.name, death, async () => {
    const found = world.containers.get(spec.name)
    if (!found?.running) await begin(world, spec, io)
    return { name: spec.name, address: world.containers.get(spec.name)?.state().address ?? null }
  })
}

async function prepare(world: MemoryWorld, spec: ContainerSpec, io: StepIo, { death }: Life): Promise<void> {
  io.signal.throwIfAborted()
  await world.alone(spec.name, death, async () => {
    refuseUnlessFit(world, spec)
    await io.guard()
    findAttachedTo(world, spec)
    have(world, spec)
  })
}

function refuseUnlessFit(world: MemoryWorld, spec: ContainerSpec): void {
  if (!world.images.has(spec.image)) throw new Refusal('not_found', `The image ${spec.image} is not there; deploy again to build it.`)
  refuseOddVariables(spec.variables)
}

function have(world: MemoryWorld, spec: ContainerSpec): MemoryContainer {
  const container = world.containers.get(spec.name) ?? new MemoryContainer(world, spec)
  world.containers.set(spec.name, container)
  return container
}

async function begin(world: MemoryWorld, spec: ContainerSpec, io: StepIo): Promise<void> {
  refuseUnlessFit(world, spec)
  await io.guard()
  refuseUnlessFree(world, spec)
  const listener = [...world.containers.values()].find((other) => other.running && spec.listensAs !== undefined && other.listensAs === spec.listensAs)
  if (listener !== undefined) throw new Refusal('conflict', `${listener.state().name} listens as ${spec.listensAs} already; stop it first.`)
  have(world, spec).start(spec)
}

/** The grace is over as soon as everything that hears a SIGTERM has ended, or none is given. */
async function stop(world: MemoryWorld, { name }: ContainerRef, graceSeconds: number, io: StepIo): Promise<void> {
  const container = world.containers.get(name)
  if (container === undefined) return
  await io.guard()
  if (!container.running) return
  world.changed(`stop ${name}`)
  container.tell()
  if (graceSeconds > 0) await settle()
  if (container.running && graceSeconds > 0) await sayKilled(io, name, graceSeconds)
  container.end(137)
}

/** Lets every program that has been told finish what needs no further event. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}

async function runOnce(world: MemoryWorld, spec: ContainerSpec, io: StepIo, life: Life): Promise<ExitCode> {
  io.signal.throwIfAborted()
  const adopted = await world.alone(spec.name, life.death, async () => {
    const found = world.containers.get(spec.name)
    if (found === undefined) await begin(world, spec, io)
    return found
  })
  const from = adopted ? await io.loggedUpTo(spec.name, adopted.state().startedAt) : 0
  return await follow(world, spec.name, io, { from, spares: (reason) => life.dead || reason instanceof HandOver })
}
