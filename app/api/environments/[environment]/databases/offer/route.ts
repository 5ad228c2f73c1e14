import { idFrom, route } from '#lib/auth/route.ts'
import { readOffer } from '#lib/database/offer.ts'

export const GET = route(({ actor, params }) => readOffer(actor, idFrom(params.environment)))
