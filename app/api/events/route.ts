import { eventStream } from '#lib/activity/event-stream.ts'
import { route } from '#lib/auth/route.ts'

export const dynamic = 'force-dynamic'

export const GET = route(async ({ actor, sessionId, request }) => eventStream(request.headers.get('last-event-id'), { id: sessionId, actor }, request.signal))
