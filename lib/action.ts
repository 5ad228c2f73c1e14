import { z } from 'zod'
import type { Actor } from './auth/actor.ts'
import { findActor } from './auth/session.ts'
import { issueWords } from './issue-words.ts'
import { Refusal } from './refusal.ts'

/** What a form gets back; an accepted one mostly redirects instead. */
export type Result<Value = unknown> =
  | { ok: true; value: Value }
  | { ok: false; error: string; fields: Record<string, string> }

/** What every form sends besides its own fields. */
const Request = z.object({
  /** Renewed by the form after each accepted submit, so that a double click is one operation. */
  requestKey: z.string().min(16).max(100),
  note: z.string().trim().max(2000, 'at most 2000 characters').optional(),
})
export type Request = z.output<typeof Request> & { source: string }

type Action<Value> = (form: FormData) => Promise<Result<Value>>

/** Turns a verb into a server action: parses the form, finds the actor, runs it, says a Refusal. */
export function action<Schema extends z.ZodType, Value>(
  schema: Schema,
  verb: (input: z.output<Schema>, actor: Actor, request: Request) => Promise<Value>,
): Action<Value> {
  return answering(async (form) => {
    const actor = await findActor()
    const values = nested(form, schema)
    const request = { ...parse(Request, values), source: 'dashboard' }
    return await verb(parse(schema, values), actor, request)
  })
}

/** For what can be done without a session: the first visit. */
export function openAction<Schema extends z.ZodType, Value>(schema: Schema, verb: (input: z.output<Schema>) => Promise<Value>): Action<Value> {
  return answering(async (form) => await verb(parse(schema, nested(form, schema))))
}

function answering<Value>(run: (form: FormData) => Promise<Value>): Action<Value> {
  return async (form) => {
    try {
      return { ok: true, value: await run(form) }
    } catch (error) {
      // Redirects are thrown too: what is no Refusal is not ours to answer.
      if (!(error instanceof Refusal)) throw error
      return { ok: false, error: error.message, fields: error.fields }
    }
  }
}

function parse<Schema extends z.ZodType>(schema: Schema, values: unknown): z.output<Schema> {
  const parsed = schema.safeParse(values)
  if (parsed.success) return parsed.data
  const fields = Object.fromEntries(parsed.error.issues.toReversed().map((issue) => [issue.path.join('.'), issueWords(issue)]))
  throw new Refusal('invalid', 'Something in the form is not right yet.', fields)
}

type Tree = { [name: string]: Tree | string }

/**
 * Dotted names become objects (`sources.0.url`), and objects with keys 0, 1, … arrays, unless
 * the schema wants a record there. A field left empty
 * counts as not given; one whose name ends in `:json` holds a whole value.
 */
function nested(form: FormData, schema: z.ZodType): unknown {
  const root: Tree = Object.create(null)
  for (const [name, value] of form) {
    if (typeof value !== 'string' || value === '' || name.startsWith('$')) continue
    if (value.includes('\0')) throw new Refusal('invalid', 'Something in the form is not right yet.', { [name]: 'without the character NUL, which cannot be stored' })
    const path = name.split('.')
    const last = path.pop() ?? name
    let at = root
    for (const part of path) {
      const next = at[part]
      at = typeof next === 'object' ? next : (at[part] = Object.create(null) as Tree)
    }
    // Browsers send every end of a line as CRLF: ssh reads no key that has one, and no variable is meant to.
    at[last] = value.replace(/\r\n?/g, '\n')
  }
  return arrays(root, '', schema)
}

function arrays(value: Tree | string, name: string, schema: unknown): unknown {
  if (typeof value === 'string') return name.endsWith(':json') ? json(value) : value
  const shape: Record<string, unknown> = schema instanceof z.ZodObject ? schema.shape : {}
  const entries = Object.entries(value).map(([named, held]): [string, unknown] => {
    const inner = named.replace(/:json$/, '')
    return [inner, arrays(held, named, Object.hasOwn(shape, inner) ? shape[inner] : undefined)]
  })
  const list = entries.length > 0 && !(schema instanceof z.ZodRecord) && entries.every(([inner]) => /^\d{1,3}$/.test(inner))
  return list ? entries.map(([, held]) => held) : Object.fromEntries(entries)
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Refusal('invalid', 'The form was sent in a shape that cannot be read. Reload the page and try again.')
  }
}
