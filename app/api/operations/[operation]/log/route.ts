import { idFrom, route, wholeFrom } from '#lib/auth/route.ts'
import { readLog, searchLog } from '#lib/runner/log-queries.ts'

export const GET = route(({ actor, params, query }) => {
  const id = idFrom(params.operation)
  const find = query.get('find')
  if (find) return searchLog(actor, id, find.slice(0, 500))
  return readLog(actor, id, wholeFrom(query, 'after', 0), wholeFrom(query, 'limit', 500))
})
