import { z } from 'zod'
import { Handle, id, Strategy } from '../stack/schema.ts'

export const CreateEnvironment = z.object({ stack: id, handle: Handle, strategy: Strategy.nullable().default(null) })
export const UpdateEnvironment = z.object({ environment: id, handle: Handle, strategy: Strategy.nullable() })
/** `confirm` is the handle, typed by hand. */
export const DeprovisionEnvironment = z.object({ environment: id, confirm: z.string() })
