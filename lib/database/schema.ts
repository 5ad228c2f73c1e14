import { z } from 'zod'
import { Handle, id, Strategy } from '../stack/schema.ts'
import { VariableName } from '../app/schema.ts'

/** Megabytes; what a type needs at least it says itself. */
const size = (unit: string, most: number) => z.coerce.number(`whole ${unit}`).int(`whole ${unit}`).min(1, 'more than nothing').max(most, `at most ${most}`)
const MemoryMb = size('megabytes', 1_048_576)
const VolumeMb = size('megabytes', 16_777_216)
const Place = z.string().trim().min(1).max(64)

export const CreateDatabase = z.object({
  environment: id,
  handle: Handle,
  /** A line of lib/database/types/index.ts. */
  type: z.string().max(64),
  version: z.string().trim().max(32),
  memoryMb: MemoryMb,
  volumeMb: VolumeMb,
  /** Absent: the stack's first. */
  place: Place.optional(),
})

/** What is left out stays as it is. */
export const RestartDatabase = z.object({ database: id, memoryMb: MemoryMb.optional(), place: Place.optional() })
export const ResizeDatabase = z.object({ database: id, volumeMb: VolumeMb })
export const BackUpDatabase = z.object({ database: id, place: Place.optional() })
/** Into a new database, in the environment of the one that was backed up. */
export const RestoreBackup = z.object({ backup: id, handle: Handle, memoryMb: MemoryMb.optional(), volumeMb: VolumeMb.optional(), place: Place.optional() })
export const PurgeBackup = z.object({ backup: id, confirm: z.string() })
/** `linked`: the apps that whoever confirms knows to be linked to it. */
export const DeprovisionDatabase = z.object({ database: id, confirm: z.string(), linked: z.array(id).max(10_000).default([]), finalBackup: z.boolean().default(true) })
export const UpdateDatabase = z.object({ database: id, handle: Handle })
/** Its variable goes with it. */
export const UnlinkDatabase = z.object({ app: id, variable: VariableName, strategy: Strategy.optional() })
/** The connection URL becomes a variable of the app, which is rolled out with it; absent: the one that is usual for the type. */
export const LinkDatabase = z.object({ app: id, database: id, variable: VariableName.optional(), strategy: Strategy.optional() })
