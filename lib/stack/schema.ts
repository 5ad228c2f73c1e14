import { z } from 'zod'

/** Lower-case letters, digits and hyphens, 1 to 64; never a hyphen first, where a command would take it for an option. */
export const Handle = z
  .string()
  .trim()
  .regex(/^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$/, 'use lower-case letters, digits and hyphens, at most 64, with no hyphen first or last')

/** `rolling` and `canary` come later; a strategy is data, so that adding one is no migration. */
export const Strategy = z.enum(['bluegreen', 'immediate'])
export type Strategy = z.infer<typeof Strategy>

export const id = z.coerce.number().int().positive()

export const CreateStack = z.object({ handle: Handle, driver: z.string().default('local'), strategy: Strategy.default('bluegreen') })
export const UpdateStack = z.object({ stack: id, handle: Handle, strategy: Strategy })
