import { z } from 'zod'
import { holdsPassword, isRef, isSourceUrl } from '../drivers/fetchable.ts'
import { Handle, id, Strategy } from '../stack/schema.ts'

const line = z.string().trim().min(1).max(2000).regex(/^[^\r\n\0]*$/, 'write it on one line')

export const Ref = z.string().trim().refine(isRef, 'a branch, tag or commit, such as main or v1.2')

export const SourceInput = z.object({
  /** https, ssh, git, file, or a path on this machine. Credentials go into their own field, never into the URL. */
  url: z
    .string()
    .trim()
    .max(2000, 'at most 2000 characters')
    .refine(isSourceUrl, 'begin with https://, ssh://, git://, file:// or /, or write user@host:path; without spaces')
    .refine((url) => !holdsPassword(url), 'leave out user, password and token: they have a field of their own'),
  /** A token (https) or a private key (ssh). Undefined keeps the one stored for the same URL. */
  credential: z.string().max(20_000).optional(),
})

export const CreateApp = z.object({
  environment: id,
  handle: Handle,
  // A form leaves out what is empty: the first place is asked for all the same, beside its field.
  sources: z.preprocess((given) => given ?? [{}], z.array(SourceInput).min(1, 'give at least one place to get the code from').max(5)),
  ref: Ref.default('HEAD'),
  buildCommand: line.nullable().default(null),
})

export const UpdateApp = CreateApp.omit({ environment: true }).extend({ app: id })

export const DeployApp = z.object({ app: id, ref: Ref.optional(), strategy: Strategy.optional() })

export const VariableName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,254}$/, 'letters, digits and underscores, not starting with a digit')

export const ConfigureApp = z.object({
  app: id,
  /** Changed and new variables, and whether each is secret. */
  set: z
    .record(VariableName, z.object({ value: z.string().max(65_536).regex(/^[^\0]*$/), secret: z.boolean().default(true) }))
    .default({})
    .refine((set) => Object.keys(set).length <= 500, 'at most 500 variables'),
  unset: z.array(VariableName).max(500).default([]),
  strategy: Strategy.optional(),
})

/** Containers per service; a service that is not named keeps its number. */
export const ScaleApp = z.object({
  app: id,
  formation: z.record(z.string().max(63), z.coerce.number('0 to 100').int('a whole number, 0 to 100').min(0, '0 to 100').max(100, '0 to 100')),
  strategy: Strategy.optional(),
})

export const RestartApp = z.object({ app: id, strategy: Strategy.optional() })
export const DeprovisionApp = z.object({ app: id, confirm: z.string() })
export const RunSession = z.object({ app: id, command: line })
