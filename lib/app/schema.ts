import { z } from 'zod'
import { holdsPassword, isDigest, isImageName, isRef, isSourceUrl, isTagOrDigest } from '../drivers/fetchable.ts'
import { Handle, id, Strategy } from '../stack/schema.ts'

const line = z.string().trim().min(1).max(2000).regex(/^[^\r\n\0]*$/, 'write it on one line')

const refWords = 'a branch, tag or commit, such as main or v1.2'
export const Ref = z.string().trim().refine(isRef, refWords)
const TagOrDigest = z.string().trim().refine(isTagOrDigest, 'a tag, such as 1.4, or a digest, sha256: and 64 digits')

/** A token (https), `user:token`, or a private key (ssh). Undefined keeps the one stored for the same address. */
const credential = z.string().max(20_000).optional()

export const SourceInput = z.object({
  /** https, ssh, git, file, or a path on this machine. Credentials go into their own field, never into the URL. */
  url: z
    .string()
    .trim()
    .max(2000, 'at most 2000 characters')
    .refine(isSourceUrl, 'begin with https://, ssh://, git://, file:// or /, or write user@host:path; without spaces')
    .refine((url) => !holdsPassword(url), 'leave out user, password and token: they have a field of their own'),
  credential,
})

/** `registry.example.org/shop/storefront`; a tag or digest may follow. */
const ImageInput = z.object({
  url: z
    .string()
    .trim()
    .max(2000, 'at most 2000 characters')
    .refine((url) => isImageName(partsOf(url).name) && isTagOrDigest(partsOf(url).ref ?? 'latest'), 'the name of an image, such as registry.example.org/shop/storefront:1.4; without https:// and spaces'),
  credential,
})

/** A form leaves out what is empty: the first place is asked for all the same, beside its field. */
const places = <Place extends z.ZodType>(place: Place) => z.preprocess((given) => given ?? [{}], z.array(place).min(1, 'give at least one place to get it from').max(5))

const FromGit = z.object({ from: z.literal('git').optional(), sources: places(SourceInput), ref: Ref.default('HEAD'), buildCommand: line.nullable().default(null) })
const FromImage = z.object({ from: z.literal('image'), sources: places(ImageInput), ref: TagOrDigest.optional() })

/** What follows the name of an image goes where it belongs. */
function split<App extends z.output<typeof FromImage>>({ sources, ref, ...app }: App, context: z.RefinementCtx) {
  const parts = sources.map(({ url }) => partsOf(url))
  const named = [...new Set(parts.flatMap(({ ref: own }) => own ?? []))]
  if (named.length > 1 || (ref !== undefined && named.some((own) => own !== ref))) {
    context.addIssue({ code: 'custom', path: ['ref'], message: `there is another one behind the name, ${named.join(' and ')}; leave out one of them` })
  }
  return { ...app, sources: sources.map(({ credential: given }, index) => ({ url: parts[index]!.name, credential: given })), ref: ref ?? named[0] ?? 'latest', buildCommand: null }
}

function partsOf(image: string): { name: string; ref: string | undefined } {
  const [, name = image, digest, tag] = /^(.*?)(?:@(.*)|:([^/]*))$/s.exec(image) ?? []
  return { name, ref: digest ?? tag }
}

const NewApp = z.object({ environment: id, handle: Handle })
const ChangedApp = z.object({ app: id, handle: Handle })

export const CreateApp = z.discriminatedUnion('from', [FromGit.extend(NewApp.shape), FromImage.extend(NewApp.shape).transform(split)])
export const UpdateApp = z.discriminatedUnion('from', [FromGit.extend(ChangedApp.shape), FromImage.extend(ChangedApp.shape).transform(split)])
export const SampleApp = z.object({ environment: id })

export const DeployApp = z.object({ app: id, ref: z.string().trim().refine((ref) => isRef(ref) || isDigest(ref), `${refWords}; for an image, a tag or a digest`).optional(), strategy: Strategy.optional() })

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

const memoryWords = '0 for no limit, or 6 to 1,000,000'
const cpusWords = '0 for no limit, or 0.01 to 1000'
const Limits = z.object({
  memoryMb: z.coerce.number(memoryWords).int(memoryWords).max(1_000_000, memoryWords).refine((mb) => mb === 0 || mb >= 6, memoryWords).optional(),
  cpus: z.coerce.number(cpusWords).max(1000, cpusWords).refine((cpus) => cpus === 0 || cpus >= 0.01, cpusWords).optional(),
})

/** Containers per service; a service that is not named keeps its number. */
export const ScaleApp = z.object({
  app: id,
  formation: z.record(z.string().max(63), z.coerce.number('0 to 100').int('a whole number, 0 to 100').min(0, '0 to 100').max(100, '0 to 100')),
  /** Of one container each; 0 for no limit. What is not named stays as it was. */
  limits: z.record(z.string().max(63), Limits).default({}),
  strategy: Strategy.optional(),
})

export const RestartApp = z.object({ app: id, strategy: Strategy.optional() })
export const DeprovisionApp = z.object({ app: id, confirm: z.string() })
export const RunSession = z.object({ app: id, command: line })
