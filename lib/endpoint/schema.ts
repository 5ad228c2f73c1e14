import { z } from 'zod'
import { id } from '../stack/schema.ts'

const Address = z
  .object({
    host: z
      .string()
      .trim()
      .toLowerCase()
      .regex(/^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'a host name, without http:// and path')
      .max(253)
      .nullable()
      .default(null),
    /** A port of the router's own range; 0 takes the first free one. */
    port: z.coerce.number().int().min(0).max(65_535).nullable().default(null),
  })

const Settings = z.object({
  path: z.string().trim().max(500).regex(/^\/[^\s]*$/, 'a path that begins with /').default('/'),
  /** Only 200 counts as healthy. */
  strict: z.coerce.boolean().default(false),
  limitSeconds: z.coerce.number('1 to 900').int('a whole number, 1 to 900').min(1, '1 to 900').max(900, '1 to 900').default(60),
  maintenancePage: z.string().max(100_000).nullable().default(null),
})

export const CreateEndpoint = z
  .object({ app: id, service: z.string().min(1).max(63) })
  .extend(Address.shape)
  .extend(Settings.shape)
  .refine(({ host, port }) => (host === null) !== (port === null), { message: 'give either a host name or a port', path: ['host'] })

export const UpdateEndpoint = z
  .object({ endpoint: id })
  .extend(Address.shape)
  .extend(Settings.shape)
  .refine(({ host, port }) => (host === null) !== (port === null), { message: 'give either a host name or a port', path: ['host'] })

export const DeprovisionEndpoint = z.object({ endpoint: id, confirm: z.string() })
