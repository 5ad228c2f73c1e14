import { eventStream } from '#lib/activity/event-stream.ts'
import { route } from '#lib/auth/route.ts'
import { sessionId } from '#lib/auth/session.ts'
import { lookUpSession } from '#lib/auth/sessions.ts'

export const dynamic = 'force-dynamic'

export const GET = route(async ({ request }) => {
  const id = await sessionId()
  const holds = async () => id !== null && (await lookUpSession(id)) !== null
  return eventStream(request.headers.get('last-event-id'), holds, request.signal)
})
