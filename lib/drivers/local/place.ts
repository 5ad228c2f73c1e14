import { Refusal } from '../../refusal.ts'
import type { Place, Placement, PlacementRequest } from '../driver.ts'
import { machineMemory, refuseUnlessMemory } from '../machine/memory.ts'

/** Places differ in their disks; they share the memory of the machine. */
export function place(names: Place[], request: PlacementRequest): Placement[] {
  const { containers } = request
  for (const { place: wanted } of containers) {
    if (wanted !== undefined && !names.includes(wanted)) throw new Refusal('not_found', `There is no place ${wanted}; there ${names.length === 1 ? 'is' : 'are'} ${names.join(', ')}.`)
  }
  refuseUnlessMemory(request, 'this machine', machineMemory())
  return containers.map(({ name, place: wanted = 'local' }) => ({ name, place: wanted }))
}
