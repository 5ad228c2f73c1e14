import { statSync } from 'node:fs'
import { BlockList, isIP } from 'node:net'
import { dirname, resolve } from 'node:path'
import { z } from 'zod'

const port = z.coerce.number().int().min(1).max(65_535)

const range = z
  .string()
  .regex(/^\d+-\d+$/, 'write it as first-last, for example 20000-29999')
  .transform((text) => {
    const [first, last] = text.split('-').map(Number) as [number, number]
    return { first, last }
  })
  .refine(({ first, last }) => first <= last, 'the first number must not be larger than the last')

/** Addresses and networks, with commas between them. */
const addresses = z.string().transform((text, context) => {
  const list = new BlockList()
  for (const entry of text.split(',').map((part) => part.trim()).filter(Boolean)) {
    const [address = '', bits] = entry.split('/')
    const version = isIP(address)
    const known = version !== 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128)))
    if (!known) context.addIssue(`\`${entry}\` is no address and no network, such as 127.0.0.1 or 10.0.0.0/8`)
    else if (bits === undefined) list.addAddress(address, version === 4 ? 'ipv4' : 'ipv6')
    else list.addSubnet(address, Number(bits), version === 4 ? 'ipv4' : 'ipv6')
  }
  return list
})

/**
 * Beside the code; but as root Postgres and the apps run under other uids, which cannot pass through a
 * checkout in a home of mode 0700.
 */
function defaultData() {
  if (process.getuid?.() !== 0) return '.data'
  for (let path = resolve(/* turbopackIgnore: true */ '.'); path !== dirname(path); path = dirname(path)) {
    if (!(statSync(/* turbopackIgnore: true */ path).mode & 0o001)) return '/var/lib/davit'
  }
  return '.data'
}

const Config = z.object({
  /** Replaces the embedded Postgres. */
  DATABASE_URL: z.string().url().optional(),
  /** Everything Davit keeps on disk. */
  DAVIT_DATA: z.string().default(defaultData).transform((path) => resolve(path)),
  /** 32 bytes, base64. Without it a key is generated into a file of mode 0600 under DAVIT_DATA. */
  DAVIT_SECRET_KEY: z.string().optional(),
  DAVIT_HOST: z.string().default('127.0.0.1'),
  DAVIT_PORT: port.default(3000),
  /** The address people type, when it differs from http://DAVIT_HOST:DAVIT_PORT. */
  DAVIT_URL: z.string().url().optional(),
  /** Beyond loopback, plain http needs this said aloud. */
  DAVIT_ALLOW_HTTP: z.enum(['0', '1']).default('0').transform((flag) => flag === '1'),
  /** Reverse proxies of one's own in front of the dashboard: those that connect from there are believed when they say for whom they ask. */
  DAVIT_TRUSTED_PROXIES: addresses.default(() => new BlockList()),
  DAVIT_ROUTER_HOST: z.string().default('127.0.0.1'),
  DAVIT_ROUTER_PORT: port.default(8080),
  /** Ports handed to local containers. */
  DAVIT_CONTAINER_PORTS: range.default({ first: 20_000, last: 29_999 }),
  /** Ports an endpoint may have of its own. */
  DAVIT_ENDPOINT_PORTS: range.default({ first: 10_000, last: 10_999 }),
  /** Uids handed to apps and databases when Davit runs as root. */
  DAVIT_UIDS: range.default({ first: 610_000, last: 619_999 }),
  DAVIT_RUNNER_NAME: z.string().default('runner-1'),
  /** Operations one runner carries out at once. */
  DAVIT_RUNNER_SLOTS: z.coerce.number().int().min(1).max(200).default(20),
  DAVIT_LEASE_SECONDS: z.coerce.number().min(0.5).max(60).default(5),
  /** Below this, new operations are refused. */
  DAVIT_DISK_FLOOR_MB: z.coerce.number().int().min(0).default(512),
})

/** Every problem is named at once, so that a config is mended in one go. */
function parse(source: NodeJS.ProcessEnv) {
  const parsed = Config.safeParse(Object.fromEntries(Object.entries(source).filter(([, value]) => value !== '')))
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`)
  throw new Error(`Davit cannot start with this config:\n${problems.join('\n')}`)
}

/** For Davit's own processes. Containers inherit none of it. */
export const inherited = process.env

const values = parse(process.env)

export const config = {
  databaseUrl: values.DATABASE_URL,
  dataPath: values.DAVIT_DATA,
  secretKey: values.DAVIT_SECRET_KEY,
  host: values.DAVIT_HOST,
  port: values.DAVIT_PORT,
  url: values.DAVIT_URL ?? `http://${values.DAVIT_HOST}:${values.DAVIT_PORT}`,
  allowHttp: values.DAVIT_ALLOW_HTTP,
  trustedProxies: values.DAVIT_TRUSTED_PROXIES,
  routerHost: values.DAVIT_ROUTER_HOST,
  routerPort: values.DAVIT_ROUTER_PORT,
  containerPorts: values.DAVIT_CONTAINER_PORTS,
  endpointPorts: values.DAVIT_ENDPOINT_PORTS,
  uids: values.DAVIT_UIDS,
  runnerName: values.DAVIT_RUNNER_NAME,
  runnerSlots: values.DAVIT_RUNNER_SLOTS,
  leaseSeconds: values.DAVIT_LEASE_SECONDS,
  diskFloorMb: values.DAVIT_DISK_FLOOR_MB,
}
