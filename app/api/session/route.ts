import { route } from '#lib/auth/route.ts'

/** Whether the session still holds: a stream that was closed does not say why. */
export const GET = route(async ({ actor }) => ({ name: actor.name }))
