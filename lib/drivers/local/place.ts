import { Refusal } from '../../refusal.ts'
import type { Place, Placement, PlacementRequest } from '../driver.ts'
import { availableMb, refuseUnlessMemory } from '../machine/memory.ts'

/** Places differ in their disks; they share the memory of the machine. */
export function place(names: Place[], { containers }: PlacementRequest): Placement[] {
  for (const { place: wanted } of containers) {
    if (wanted !== undefined && !names.includes(wanted)) throw new Refusal('not_found', `There is no place ${wanted}; there ${names.length === 1 ? 'is' : 'are'} ${names.join(', ')}.`)
  }
  refuseUnlessMemory(containers, 'this machine', availableMb())
  return containers.map(({ name, place: wanted = 'local' }) => ({ name, place: wanted }))
}
