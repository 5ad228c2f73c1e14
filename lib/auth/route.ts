import { isOutage } from '../db/outage.ts'
import { nothingHere, Refusal, type RefusalCode } from '../refusal.ts'
import type { Actor } from './actor.ts'
import { lookUpActor, sessionId } from './session.ts'

const statuses: Record<RefusalCode, number> = { invalid: 400, forbidden: 403, not_found: 404, conflict: 409, unavailable: 503 }

type Context = { params: Promise<Record<string, string>> }
type Asked = {
  actor: Actor
  sessionId: string
  params: Record<string, string>
  query: URLSearchParams
  request: Request
  /** Asked for with HEAD: what would be sent is not wanted, and not taken away. */
  headOnly: boolean
}

/** Turns a read into a GET route, which Next also asks for HEAD: finds the actor, runs it, answers a Refusal with its status, 401 to nobody, and 503 while the db does not answer. */
export function route(read: (asked: Asked) => Promise<Response | object>) {
  return async (request: Request, context: Context): Promise<Response> => {
    try {
      const [actor, id] = await Promise.all([lookUpActor(), sessionId()])
      if (!actor || !id) return Response.json({ error: 'Your session has ended. Sign in again.' }, { status: 401 })
      if (request.url.includes('%00')) throw new Refusal('invalid', 'An address cannot hold the character NUL.')
      const answer = await read({ actor, sessionId: id, params: await context.params, query: new URL(request.url).searchParams, request, headOnly: request.method === 'HEAD' })
      const response = answer instanceof Response ? answer : Response.json(answer, { headers: { 'cache-control': 'no-store' } })
      return request.method === 'HEAD' ? await withoutBody(response) : response
    } catch (error) {
      const refusal = isOutage(error) ? new Refusal('unavailable', 'The database of Davit does not answer.') : error
      if (!(refusal instanceof Refusal)) throw error
      return Response.json({ error: refusal.message }, { status: statuses[refusal.code] })
    }
  }
}

/** Next sends no body either, but would leave it open: an event stream for ever. */
async function withoutBody(response: Response): Promise<Response> {
  await response.body?.cancel()
  return new Response(null, response)
}

/**
 * A count or a cursor from a URL; `otherwise` when it is not given.
 * @throws Refusal `invalid` unless it is a whole number from 0 on.
 */
export function wholeFrom(query: URLSearchParams, name: string, otherwise: number): number {
  const text = query.get(name)
  if (text === null) return otherwise
  const count = Number(text)
  if (text === '' || !Number.isSafeInteger(count) || count < 0) throw new Refusal('invalid', `\`${name}\` takes a whole number from 0 on.`)
  return count
}

/** An id from a URL. What is no number is an id of nothing. */
export function idFrom(text: string | undefined): number {
  const id = Number(text)
  if (!Number.isSafeInteger(id) || id < 1) throw nothingHere()
  return id
}
