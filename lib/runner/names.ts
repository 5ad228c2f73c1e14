import type { Run } from './run.ts'

/**
 * The names of what a step makes: from (installation, operation, step, index), so that making it twice
 * makes it once, and whoever finds it knows whose it is. At most 63 characters, as engines want it.
 */
export function namesOf(run: Run, index: number): string[] {
  const made = run.definition.steps[index]?.makes?.(run.known as never) ?? 0
  if (Array.isArray(made)) return made
  return Array.from({ length: made }, (_, i) => `${run.kit.installation}-${run.claimed.id}-${index}-${i}`)
}
