import { sql } from '#lib/db/client.ts'
import type { Driver } from '#lib/drivers/driver.ts'
import { routerStatus } from '#lib/router/client.ts'
import type { ChaosApp } from './apps.ts'
import { type Check, problemsIn, type Row } from './checks.ts'
import type { Ground } from './ground.ts'

/** What has to be so in the world once everything has settled; until then it may take the sweep a moment. */
export async function checkApps(apps: ChaosApp[], driver: Driver, ground: Ground): Promise<Check[]> {
  const [wanted, states, router] = await Promise.all([
    sql<{ name: string; app_id: string; service: string; current: boolean; operation_id: string; status: string }[]>`
      select c.name, c.owner_id as app_id, c.service, c.operation_id, o.status, c.release_id = a.current_release_id as current from containers c
      join apps a on a.id = c.owner_id join operations o on o.id = c.operation_id where c.phase <> 'unwanted'`,
    driver.list(),
    routerStatus(),
  ])
  const running = new Set(states.filter((state) => state.running).map(({ name }) => name))
  const owned = new Set(wanted.filter(({ current }) => current).map(({ name }) => name))
  const undone = wanted.filter(({ status }) => status === 'failed' || status === 'cancelled')
  return [
    {
      name: 'orphans: containers that no release owns',
      problems: [
        ...states.filter(({ name }) => !owned.has(name)).map(({ name, running: runs }) => `${name} (${runs ? 'running' : 'ended'})`),
        ...wanted.filter(({ current }) => !current).map(({ name }) => `${name} is recorded, and of no current release`),
      ],
    },
    { name: 'orphans: what is left of containers and builds that no release owns', problems: await ground.strays(owned) },
    { name: 'current releases whose containers are not all running', problems: await missing(apps, wanted.filter(({ name }) => running.has(name) && owned.has(name)), router) },
    { name: 'effects left after a rollback', problems: [...undone.map(({ name, operation_id }) => `container ${name} of operation ${operation_id}`), ...(await leftReleases())] },
  ]
}

async function missing(apps: ChaosApp[], running: { app_id: string; service: string; name: string }[], router: Awaited<ReturnType<typeof routerStatus>>): Promise<string[]> {
  const releases = await sql<{ app: string; handle: string; number: number; formation: Record<string, number> }[]>`
    select a.id as app, a.handle, r.number, r.formation from apps a join releases r on r.id = a.current_release_id where a.deprovisioned_at is null`
  const problems = releases.flatMap(({ app, handle, number, formation }) =>
    Object.entries(formation).flatMap(([service, count]) => {
      const found = running.filter((one) => one.app_id === app && one.service === service).length
      return found === count ? [] : [`${handle}, release ${number}, ${service}: ${found} of ${count}`]
    }),
  )
  const inRouter = new Set(Object.entries(router.containers).filter(([, { healthy }]) => healthy).map(([name]) => name))
  const known = new Set(apps.map(({ id }) => String(id)))
  const web = running.filter(({ app_id, service }) => service === 'web' && known.has(app_id))
  return [...problems, ...web.filter(({ name }) => !inRouter.has(name)).map(({ name }) => `${name} runs, and the router does not use it`)]
}

async function leftReleases(): Promise<string[]> {
  const undone = `status in ('failed', 'cancelled')`
  return problemsIn(
    sql<Row[]>`
      select format('release %s of operation %s is not discarded', r.id, o.id) as problem from releases r join operations o on o.id = r.operation_id where ${sql.unsafe(undone)} and r.discarded_at is null
      union all select format('release %s of operation %s is current', r.id, o.id) from releases r join operations o on o.id = r.operation_id join apps a on a.current_release_id = r.id where ${sql.unsafe(undone)}
      union all select format('endpoint %s of operation %s', e.id, o.id) from endpoints e join operations o on o.resource_id = e.id and o.type = 'provision' where ${sql.unsafe(undone)} and e.deprovisioned_at is null`.then((rows) => rows),
  )
}

/** What the load generator counted beside what the router did. */
export async function checkTraffic(apps: ChaosApp[]): Promise<Check> {
  const router = await routerStatus()
  const differing: string[] = []
  for (const { handle, endpointId, load: { count: outside } } of apps) {
    const inside = router.endpoints[endpointId] ?? { requests: 0, lost: 0, maintenance: 0 }
    for (const [what, out, own] of [['requests', outside.sent, inside.requests], ['lost', outside.lost, inside.lost], ['maintenance', outside.maintenance, inside.maintenance]] as const)
      if (out !== own) differing.push(`${handle}: ${what}: ${out} outside, ${own} in the router`)
  }
  return { name: 'counts that differ between the load generator and the router', problems: differing }
}

/** As far as the load generator has counted. */
export function checkLosses(apps: ChaosApp[]): Check {
  const lost: string[] = []
  for (const { handle, strategy, load: { count: outside } } of apps) {
    if (strategy !== 'immediate' && outside.lost > 0) lost.push(`${handle}: ${outside.lost} of ${outside.sent}: ${JSON.stringify(outside.reasons)}`)
    // Always two healthy ones or more to choose from: a maintenance page is a lost request by another name.
    if (strategy !== 'immediate' && outside.maintenance > 0) lost.push(`${handle}: ${outside.maintenance} maintenance pages`)
  }
  return { name: 'requests lost outside immediate', problems: lost }
}
