import { nextHint } from '#lib/activity/hints.ts'
import { recordLogDownload } from '#lib/activity/record-download.ts'
import { whileSession } from '#lib/activity/session-watch.ts'
import type { Actor } from '#lib/auth/actor.ts'
import { may } from '#lib/auth/allow.ts'
import { idFrom, route } from '#lib/auth/route.ts'
import { attachment, attachmentHead } from '#lib/download/attachment.ts'
import { streamLog } from '#lib/runner/log-queries.ts'
import { findOperation } from '#lib/runner/queries.ts'

const reReadMs = 2000

/** What there is now; with `?follow=1` also what comes until the operation has ended. */
export const GET = route(async ({ actor, sessionId, params, query, headOnly }) => {
  const operation = await findOperation(actor, idFrom(params.operation))
  const { id, type, resourceHandle, environmentId } = operation
  const name = `operation-${id}-${type}-${resourceHandle}.log`
  if (headOnly) return attachmentHead(name, 'text/plain')
  await recordLogDownload(actor, operation)
  const abort = new AbortController()
  const follow = query.get('follow') === '1' ? (signal: AbortSignal) => nextHint('logs', id, reReadMs, signal) : null
  const permits = (now: Actor) => may(now, environmentId === null ? 'owner' : 'read', environmentId)
  const text = whileSession(sessionId, permits, streamLog(actor, id, follow, abort.signal), abort)
  return attachment(name, 'text/plain', text, abort)
})
