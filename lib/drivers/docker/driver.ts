import type { Driver, DriverDescription, PullRequest } from '../driver.ts'
import { removeBuild } from './clear-build.ts'
import { remove, stop } from './end.ts'
import { waitUntilHealthy } from './health.ts'
import { lookUpImage, removeImage } from './image.ts'
import { lookUp, lookUpAll } from './inspect.ts'
import { discardImage, forget, listKept } from './keep.ts'
import { openDocker, type DockerOptions, type DockerStack } from './open.ts'
import { lastLines, readOutput } from './output.ts'
import { place } from './place.ts'
import { preview } from './preview.ts'
import { probe } from './probe.ts'
import { pull } from './pull.ts'
import { placesOf } from './registries.ts'
import { runOnce } from './run-once.ts'
import { prepare, start } from './start.ts'
import { openVolumes } from './volumes.ts'

/**
 * Containers of a Docker engine on this machine, reached by its Unix socket. Images come from a registry, or
 * from a git repository with a Dockerfile. Each environment has a network of its own, each container an address
 * in it that it keeps; no port of the machine is taken. An engine that is away is waited for.
 */
export function createDockerDriver(options: DockerOptions): Driver {
  const stack = openDocker(options)
  const atPlaces = <Request extends Pick<PullRequest, 'sources'>>(request: Request) => ({ ...request, sources: placesOf(request.sources, stack.registries) })
  return {
    place: (request) => place(stack, request),
    pull: async (request, io) => pull(stack, atPlaces(request), io),
    hasImage: async (image) => (await lookUpImage(stack, image, null)) !== null,
    preview: async (request, signal) => preview(stack, atPlaces(request), signal),
    removeImage: (image) => removeImage(stack, image),
    discardImage: (image, owner, isNeeded) => discardImage(stack, image, owner, isNeeded),
    kept: () => listKept(stack),
    forget: (owner) => forget(stack, owner),
    prepare: (container, io) => prepare(stack, container, io),
    start: (container, io) => start(stack, container, io),
    waitUntilHealthy: ({ name }, check, io) => waitUntilHealthy(stack, name, check, io),
    stop: ({ name }, graceSeconds, io) => stop(stack, name, graceSeconds, io),
    async remove({ name }) {
      await remove(stack, name)
      await removeBuild(stack, name, null)
    },
    runOnce: (container, io) => runOnce(stack, container, io),
    inspect: async ({ name }) => (await lookUp(stack, name, null))?.state ?? null,
    lastLines: ({ name }, count) => lastLines(stack, name, count, null),
    logs: ({ name }, from, signal) => readOutput(stack, name, from, { signal, line: async () => {} }),
    list: async () => (await lookUpAll(stack, null)).map(({ state }) => state),
    describe: () => description(stack),
    volumes: openVolumes(stack),
  }
}

async function description({ socketPath }: DockerStack): Promise<DriverDescription> {
  const { facts } = await probe(socketPath)
  return {
    isolated: true,
    summary: 'Each app has containers of its own, each environment a network of its own. Whoever may speak to the engine sees the variables of all of them. Memory and processors are shared but for what a service is limited to.',
    facts,
  }
}
