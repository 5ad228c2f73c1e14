import { type Document, isNode, LineCounter, parseDocument } from 'yaml'
import { z } from 'zod'
import type { ManifestRow, ServiceRow } from '#drizzle/schema/release.ts'
import { issueWords } from '../issue-words.ts'
import { Refusal } from '../refusal.ts'

/** Of a service: like one of a Procfile. */
const line = z.string().trim().min(1).max(4000).regex(/^[^\r\n\0]*$/, 'write it on one line')
const command = z.string().trim().min(1).max(4000)

/** `davit.yml` at the root of an app; every key may be left out. */
const DavitYml = z.strictObject({
  before_release: z.array(command).max(20).default([]),
  after_rollback: z.array(command).max(20).default([]),
  drain_seconds: z.number().int().min(0).max(900).default(15),
  services: z
    .record(
      z.string(),
      z.strictObject({
        /** Takes the place of the Procfile's line, or adds a service that it does not have. */
        command: line.optional(),
        /** Start the new containers before the old ones of this service stop. Services with an endpoint always do. */
        overlap: z.boolean().default(false),
        /** How long a container without a port has to stay up before it counts as healthy. */
        uptime_seconds: z.number().int().min(1).max(900).default(5),
        stop_seconds: z.number().int().min(1).max(900).default(10),
        /** Whether it listens on PORT; `web` does unless told otherwise. */
        port: z.boolean().optional(),
      }),
    )
    .default({}),
})

const SERVICE_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/
const SERVICE_LINE = /^([A-Za-z0-9][A-Za-z0-9_-]{0,62})\s*:\s*(.+)$/
const SERVICES_MAX = 50

/**
 * What an app declares: its services from the Procfile, how they are to be treated from davit.yml.
 * @throws Refusal `invalid` naming the file, the line or key, and what is wrong with it.
 */
export function parseManifest(procfile: string | null, davitYml: string | null): ManifestRow {
  if (procfile === null) {
    throw new Refusal('invalid', 'There is no Procfile at the root of the repository. Add one with a line for each service, for example "web: node server.js".')
  }
  const commands = parseProcfile(procfile)
  const declared = parseDavitYml(davitYml ?? '')
  for (const [name, { command: own }] of Object.entries(declared.services)) {
    if (own === undefined && !commands.has(name)) throw new Refusal('invalid', `davit.yml speaks of a service "${name}" that the Procfile does not have.`)
    if (!SERVICE_NAME.test(name)) throw new Refusal('invalid', `davit.yml: "${name}" cannot be a service's name: letters, digits, _ and - only, at most 63.`)
    if (own !== undefined) commands.set(name, own)
  }
  if (commands.size > SERVICES_MAX) throw new Refusal('invalid', `The Procfile and davit.yml name ${commands.size} services; ${SERVICES_MAX} is the limit.`)
  const services = [...commands].map(([name, line]): [string, ServiceRow] => {
    const own = Object.hasOwn(declared.services, name) ? declared.services[name] : undefined
    return [
      name,
      {
        command: line,
        overlap: own?.overlap ?? false,
        uptimeSeconds: own?.uptime_seconds ?? 5,
        stopSeconds: own?.stop_seconds ?? 10,
        port: own?.port ?? name === 'web',
      },
    ]
  })
  return {
    services: Object.fromEntries(services),
    beforeRelease: declared.before_release,
    afterRollback: declared.after_rollback,
    drainSeconds: declared.drain_seconds,
  }
}

function parseProcfile(text: string): Map<string, string> {
  const commands = new Map<string, string>()
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#')) continue
    const [, name, rest] = SERVICE_LINE.exec(line) ?? []
    if (!name || !rest) throw new Refusal('invalid', `Procfile, line ${index + 1}: expected "name: command".`)
    if (commands.has(name)) throw new Refusal('invalid', `Procfile, line ${index + 1}: there are two services named "${name}".`)
    commands.set(name, rest)
  }
  const count = commands.size
  if (count === 0) throw new Refusal('invalid', 'The Procfile names no service. Add a line such as "web: node server.js".')
  if (count > SERVICES_MAX) throw new Refusal('invalid', `The Procfile names ${count} services; ${SERVICES_MAX} is the limit.`)
  return commands
}

function parseDavitYml(text: string): z.infer<typeof DavitYml> {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  const [error] = document.errors
  if (error) throw new Refusal('invalid', `davit.yml cannot be read: ${error.message}`)
  const parsed = DavitYml.safeParse(valuesOf(document))
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]!
  const line = lineOf(document, lines, issue.path)
  throw new Refusal('invalid', `davit.yml${line ? `, line ${line}` : ''}, ${issue.path.join('.') || 'at the top'}: ${issueWords(issue)}`)
}

function valuesOf(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 0 }) ?? {}
  } catch (error) {
    throw new Refusal('invalid', `davit.yml cannot be read: ${(error as Error).message}`)
  }
}

/** Of the value, or of the nearest that is there around it. */
function lineOf(document: Document, lines: LineCounter, path: PropertyKey[]): number | null {
  for (let depth = path.length; depth > 0; depth--) {
    const node = document.getIn(path.slice(0, depth), true)
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line
  }
  return null
}
