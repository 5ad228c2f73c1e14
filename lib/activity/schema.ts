import { z } from 'zod'
import { statuses } from './statuses.ts'

const id = z.coerce.number().int().positive()
const day = z.iso.date()

/** What an address of an activity list says. A part that cannot be read is left out, not refused: it is only a filter. */
export const ActivityFilter = z.object({
  stack: id.optional().catch(undefined),
  environment: id.optional().catch(undefined),
  app: id.optional().catch(undefined),
  resource: id.optional().catch(undefined),
  type: z.string().max(50).optional().catch(undefined),
  status: z.enum(statuses).optional().catch(undefined),
  actor: z.string().trim().max(200).optional().catch(undefined),
  from: day.optional().catch(undefined),
  to: day.optional().catch(undefined),
  q: z.string().trim().max(200).optional().catch(undefined),
  /** Keyset: operations older than this id. */
  before: id.optional().catch(undefined),
})
export type ActivityFilter = z.output<typeof ActivityFilter>
