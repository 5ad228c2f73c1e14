import type { StepIo } from '../driver.ts'
import type { Volumes } from '../volumes.ts'
import { attach, copy, create, detach, places, remove, resize, stateOf, write } from './volumes.ts'
import type { MemoryWorld, Method } from './world.ts'

type Call = <Result>(method: Method, name: string, signal: AbortSignal, effect: () => Promise<Result>) => Promise<Result>

const unheard = new AbortController().signal

export function openVolumes(world: MemoryWorld, call: Call, owned: (io: StepIo) => StepIo): Volumes {
  const act = (method: keyof Volumes, name: string, io: StepIo, effect: (own: StepIo) => Promise<void>) =>
    call(`volumes.${method}`, name, io.signal, () => (io.signal.throwIfAborted(), effect(owned(io))))
  return {
    describe: async () => ({ sized: world.sized, growsWhileUsed: world.growsWhileUsed, shrinks: true, oddUser: world.oddUser, summary: 'A volume takes as much of its place as it is large.' }),
    places: () => call('volumes.places', '', unheard, async () => places(world)),
    create: (spec, io) => act('create', spec.name, io, (own) => create(world, spec, own)),
    inspect: ({ name }) =>
      call('volumes.inspect', name, unheard, async () => {
        const volume = world.volumes.get(name)
        return volume?.whole ? stateOf(world, volume) : null
      }),
    attach: ({ name }, io) => act('attach', name, io, (own) => attach(world, name, own)),
    detach: ({ name }, io) => act('detach', name, io, (own) => detach(world, name, own)),
    resize: ({ name }, sizeMb, io) => act('resize', name, io, (own) => resize(world, name, sizeMb, own)),
    copy: (request, io) => call('volumes.copy', request.to, io.signal, () => copy(world, request, owned(io))),
    write: ({ name }, path, text, io) => act('write', name, io, (own) => write(world, name, path, text, own)),
    remove: ({ name }, io) => act('remove', name, io, (own) => remove(world, name, own)),
    list: () => call('volumes.list', '', unheard, async () => [...world.volumes.values()].map((volume) => stateOf(world, volume))),
  }
}
