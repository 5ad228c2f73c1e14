import type { Kept } from '../driver.ts'
import type { MemoryWorld } from './world.ts'

export function kept(world: MemoryWorld): Kept[] {
  const images = [...world.images.values()]
  const listening = [...world.listeners.values()].map(({ owner }) => owner).filter((owner) => !hasVolumes(world, owner))
  const owners = new Set([...world.caches, ...images.map(({ owner }) => owner), ...listening])
  return [...owners].map((owner) => ({ owner, images: images.filter((image) => image.owner === owner).map(({ id }) => id) }))
}

export function forget(world: MemoryWorld, owner: number): void {
  for (const [name, container] of world.containers) {
    if (container.state().owner !== owner) continue
    container.end(137)
    world.containers.delete(name)
  }
  for (const { id, owner: whose } of world.images.values()) if (whose === owner) world.images.delete(id)
  world.caches.delete(owner)
  // Whoever comes for its data later is found where it was.
  if (!hasVolumes(world, owner)) for (const [name, listener] of world.listeners) if (listener.owner === owner) world.listeners.delete(name)
  world.changed(`forget ${owner}`)
}

const hasVolumes = (world: MemoryWorld, owner: number) => [...world.volumes.values()].some((volume) => volume.owner.id === owner)
