import { setTimeout as pause } from 'node:timers/promises'
import pLimit from 'p-limit'
import { moveOut } from '#lib/drivers/docker/docker-world.ts'
import { statusOf } from '#lib/drivers/docker/engine.ts'
import { label } from '#lib/drivers/docker/labels.ts'
import { onlyPlace } from '#lib/drivers/docker/place.ts'
import { fetchBase, importPostgres } from '#lib/drivers/docker/test-base.ts'
import { openTestEngine } from '#lib/drivers/docker/test-engine.ts'
import { base, pushImage } from '../support/engine.ts'
import type { Ground } from './ground.ts'
import { commonFailure, filesOf, type Variant } from './source.ts'

/** Containers of an engine of its own, from images in a registry. Its containers outlive it, as an operator would have it. */
export async function openDockerGround(): Promise<Ground> {
  const engine = await openTestEngine({ liveRestore: true })
  await fetchBase(engine, base)
  const before = new Set((await engine.docker.listImages({ all: true })).map(({ Id }) => Id))
  // The engine makes the images as well: it is not taken away from under that.
  const alone = pLimit(1)
  const { docker, registry, socketPath } = engine
  const ours = { label: [label.realm] }
  return {
    // What stands in for Docker Hub here is asked first.
    stack: { handle: 'docker', driver: 'docker', settings: { socketPath, registries: [{ address: registry, mirrorOf: 'docker.io' }] } },
    places: [onlyPlace],
    async offerDatabases() {
      const image = `${registry}/library/postgres:18`
      await importPostgres(docker, image)
      await moveOut(docker, image)
    },
    makeSource(name, shape) {
      let made = 0
      return {
        input: { from: 'image', sources: [{ url: `${registry}/${name}` }], ref: 'none' },
        variants: { good: 6, 'slow before release': 3, 'build fails': 1, 'before_release fails': 2, 'never listens': 1, 'crashes at start': 2 },
        failsWith: (variant: Variant) => (variant === 'build fails' ? /No source has nothing-\d+/ : commonFailure(variant)),
        async commit(variant) {
          if (variant === 'build fails') return `nothing-${++made}`
          const tag = `v${++made}`
          const files = { ...filesOf(variant, tag, shape), Dockerfile: `FROM ${base}\nCOPY . /app/\n` }
          await alone(() => pushImage(engine, `${registry}/${name}:${tag}`, files))
          return tag
        },
      }
    },
    accidents: { 'restart the engine': 3 },
    async cause(accident, chance, say) {
      const awayMs = chance.between(0, 2000)
      await alone(async () => {
        const from = performance.now()
        await engine.stop()
        await pause(awayMs)
        await engine.start()
        say(`${accident}: it was away for ${Math.round(performance.now() - from)} ms`)
      })
    },
    async kill(name) {
      const [found] = await docker.listContainers({ filters: { label: [`${label.name}=${name}`] } })
      if (found === undefined) return false
      try {
        await docker.getContainer(found.Id).kill()
        return true
      } catch (error) {
        // It has ended by itself meanwhile, or is gone.
        if (![404, 409].includes(statusOf(error) ?? 0)) throw error
        return false
      }
    },
    async strays(owned) {
      const containers = await docker.listContainers({ all: true, filters: ours })
      const builds = await docker.listNetworks({ filters: { label: [label.build] } })
      return [
        ...containers.filter(({ Labels }) => !owned.has(Labels[label.name] ?? '')).map(({ Names, Status }) => `container ${Names[0]}, ${Status}`),
        ...builds.map(({ Name }) => `network ${Name}`),
      ]
    },
    async left() {
      const [containers, networks, { Volumes }, images] = await Promise.all([docker.listContainers({ all: true }), docker.listNetworks({ filters: ours }), docker.listVolumes(), docker.listImages({ all: true })])
      return [
        ...containers.map(({ Names, Status }) => `container ${Names[0]}, ${Status}`),
        ...networks.map(({ Name }) => `network ${Name}`),
        ...(Volumes ?? []).map(({ Name }) => `volume ${Name}`),
        ...images.filter(({ Id }) => !before.has(Id)).map(({ Id, RepoTags, RepoDigests }) => `image ${Id} ${[...(RepoTags ?? []), ...(RepoDigests ?? [])].join(' ')}`),
      ]
    },
    async takeDown() {
      await engine.stop()
      await engine.start({ liveRestore: false })
    },
    close: () => engine.close(),
  }
}
