import { readChart } from '#lib/activity/read-chart.ts'
import { readFilter, readZone } from '#lib/activity/schema.ts'
import { route } from '#lib/auth/route.ts'

export const GET = route(async ({ actor, query }) => {
  const zone = readZone(query.get('zone'))
  return readChart(actor, readFilter([...query].filter(([name]) => name !== 'zone')), zone)
})
