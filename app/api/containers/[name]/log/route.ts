import { route, wholeFrom } from '#lib/auth/route.ts'
import { openDriver } from '#lib/drivers/index.ts'
import { findContainer } from '#lib/service/queries.ts'
import { readContainerLog } from '#lib/service/read-container-log.ts'

export const GET = route(async ({ actor, params, query }) => {
  const { name, stack } = await findContainer(actor, params.name ?? '')
  return await readContainerLog(await openDriver(stack), name, wholeFrom(query, 'from', 0))
})
