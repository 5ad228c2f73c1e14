import { z } from 'zod'
import { driverNames, registrationOf } from '../drivers/index.ts'
import { issueWords } from '../issue-words.ts'

/** Lower-case letters, digits and hyphens, 1 to 64; never a hyphen first, where a command would take it for an option. */
export const Handle = z
  .string()
  .trim()
  .regex(/^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$/, 'use lower-case letters, digits and hyphens, at most 64, with no hyphen first or last')

/** `rolling` and `canary` come later; a strategy is data, so that adding one is no migration. */
export const Strategy = z.enum(['bluegreen', 'immediate'])
export type Strategy = z.infer<typeof Strategy>

export const id = z.coerce.number().int().positive()

const Settings = z.record(z.string(), z.unknown())

/** As its driver wants them; what is wrong is told beside the field. */
function fit<Stack extends { driver?: string | undefined; settings: Record<string, unknown> }>(stack: Stack, context: z.RefinementCtx): Stack {
  if (stack.driver === undefined || !driverNames().includes(stack.driver)) return stack
  const parsed = registrationOf(stack.driver).Given.safeParse(stack.settings)
  if (parsed.success) return { ...stack, settings: parsed.data }
  for (const issue of parsed.error.issues) context.addIssue({ code: 'custom', path: ['settings', ...issue.path], message: issueWords(issue) })
  return z.NEVER
}

const Driver = z.object({ driver: z.string().default('local'), settings: Settings.default({}) })

/** Where a stack is to be, before there is one. */
export const TestStack = Driver.transform(fit)

export const CreateStack = Driver.extend({ handle: Handle, strategy: Strategy.default('bluegreen') }).transform(fit)

/** Without a driver its settings stay as they are. */
export const UpdateStack = z.object({ stack: id, handle: Handle, strategy: Strategy, driver: z.string().optional(), settings: Settings.default({}) }).transform(fit)
