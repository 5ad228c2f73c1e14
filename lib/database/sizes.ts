import { Refusal } from '../refusal.ts'
import { findType } from './types/index.ts'

interface Asked {
  type: string
  version?: string
  memoryMb?: number
  volumeMb?: number
}

/** What the schema cannot tell: that depends on the type. @throws Refusal `invalid`, naming the fields. */
export function refuseUnlessOffered({ type, version, memoryMb, volumeMb }: Asked): void {
  const { title, versions, ...least } = findType(type)
  const fields: Record<string, string> = {}
  if (version !== undefined && !versions.includes(version)) fields.version = `there is ${versions.join(', ')}`
  if (memoryMb !== undefined && memoryMb < least.memoryMb.least) fields.memoryMb = `at least ${least.memoryMb.least}`
  if (volumeMb !== undefined && volumeMb < least.volumeMb.least) fields.volumeMb = `at least ${least.volumeMb.least}`
  const [first] = Object.entries(fields)
  if (!first) return
  const words = { version: 'version', memoryMb: 'memory in megabytes', volumeMb: 'volume in megabytes' }[first[0]]
  throw new Refusal('invalid', `${title}, ${words}: ${first[1]}.`, fields)
}
