import type { VolumesDescription } from '../drivers/volumes.ts'
import { Refusal } from '../refusal.ts'
import { findType } from './types/index.ts'

/** Why none of a type can be made on a stack, in words; null: it can. */
export function whyNotRun(type: string, { oddUser }: Pick<VolumesDescription, 'oddUser'>): string | null {
  const { title, refuses } = findType(type)
  if (oddUser === null || !refuses.includes(oddUser)) return null
  return `A database runs as ${oddUser} here, which ${title} refuses. It does not where Davit runs as root and may mount, or as an ordinary user with a name.`
}

/** @throws Refusal `conflict`, saying why */
export function refuseUnlessRuns(...asked: Parameters<typeof whyNotRun>): void {
  const why = whyNotRun(...asked)
  if (why !== null) throw new Refusal('conflict', why)
}
