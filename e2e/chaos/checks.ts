import { readFileSync } from 'node:fs'
import { sql } from '#lib/db/client.ts'
import { routerStatus } from '#lib/router/client.ts'
import type { LoadCount } from '#lib/router/load.ts'
import type { Deeds } from './deeds.ts'
import type { Fleet } from './fleet.ts'
import type { Observed } from './observer.ts'
import { beforeReleaseBegins } from './source.ts'
import type { World } from './world.ts'
import { arrayOf } from '#lib/db/array.ts'

export interface Check {
  name: string
  /** Each is a broken promise. */
  problems: string[]
}

type Row = { problem: string }

async function problemsIn(rows: Promise<readonly Row[]>): Promise<string[]> {
  return (await rows).map(({ problem }) => problem)
}

/** What the db alone can tell. */
export async function checkJournal({ asked, cancelsAccepted }: Deeds): Promise<Check[]> {
  const rows = (query: PromiseLike<readonly Row[]>) => problemsIn(Promise.resolve(query))
  return [
    { name: 'operations left unfinished', problems: await rows(sql<Row[]>`select format('%s %s: %s, %s', id, status, title, case when exists (select from holds where operation_id = operations.id and state = 'held') then 'ready' else 'waiting' end) as problem from operations where finished_at is null order by id`) },
    {
      name: 'logs with gaps',
      problems: await rows(sql<Row[]>`
        select format('operation %s: %s lines, %s to %s', o.id, count(l.seq), min(l.seq), max(l.seq)) as problem from operations o left join log_lines l on l.operation_id = o.id
        where o.finished_at is not null group by o.id having count(l.seq) = 0 or min(l.seq) <> 1 or max(l.seq) <> count(l.seq)`),
    },
    { name: 'incomplete rollbacks, leftovers and blocks', problems: await rows(sql<Row[]>`select format('%s %s: %s', id, title, leftovers) as problem from operations where rollback = 'incomplete' or leftovers <> '[]'`) },
    { name: 'operations that failed for no reason of their own', problems: await checkReasons(asked) },
    { name: 'accepted cancels that ended succeeded', problems: await rows(sql<Row[]>`select format('%s %s', id, title) as problem from operations where status = 'succeeded' and id = any(${arrayOf([...cancelsAccepted])}::bigint[])`) },
    { name: 'steps left open', problems: await rows(sql<Row[]>`select format('operation %s: %s %s', s.operation_id, s.direction, s.name) as problem from steps s join operations o on o.id = s.operation_id where s.state = 'started' and o.finished_at is not null`) },
    {
      name: 'operations that overlap on a resource',
      problems: await rows(sql<Row[]>`
        select distinct format('%s and %s on %s', a.id, b.id, ha.resource_id) as problem from holds ha join holds hb on hb.resource_id = ha.resource_id and hb.operation_id > ha.operation_id
        join operations a on a.id = ha.operation_id join operations b on b.id = hb.operation_id
        where (ha.mode = 'exclusive' or hb.mode = 'exclusive') and a.started_at < b.finished_at and b.started_at < a.finished_at`),
    },
    {
      name: 'before_release that ran twice',
      problems: await rows(sql<Row[]>`select format('operation %s: %s times', operation_id, count(*)) as problem from log_lines where text = ${beforeReleaseBegins} group by operation_id having count(*) > 1`),
    },
  ]
}

async function checkReasons(asked: Deeds['asked']): Promise<string[]> {
  const failed = await sql<{ id: string; title: string; reason: string; step: string | null; error: string | null }[]>`
    select id, title, reason, failed_step as step, error from operations where status = 'failed' order by id`
  return failed.flatMap(({ id, title, reason, step, error }) => {
    const own = asked.get(Number(id))
    const lawful = own?.test(error ?? '') || isLawful(error ?? '') || reason === 'crashes'
    return lawful ? [] : [`${id} ${title}: ${reason} in "${step}": ${error}`]
  })
}

/** Accidents that may fail an operation: its step cannot be gone on with; it has nothing to go back to. */
function isLawful(error: string): boolean {
  return /which cannot be gone on with|ended without leaving an exit code|has no release|This was the first release|This operation made no release/.test(error)
}

/** What has to be so in the world once everything has settled; until then it may take the sweep a moment. */
export async function checkWorld(world: World): Promise<Check[]> {
  const [wanted, states, router] = await Promise.all([
    sql<{ name: string; app_id: string; service: string; current: boolean; operation_id: string; status: string }[]>`
      select c.name, c.owner_id as app_id, c.service, c.operation_id, o.status, c.release_id = a.current_release_id as current from containers c
      join apps a on a.id = c.owner_id join operations o on o.id = c.operation_id where c.phase <> 'unwanted'`,
    world.driver.list(),
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
    { name: 'orphans: what is left of containers and builds that no release owns', problems: await world.ground.strays(owned) },
    { name: 'current releases whose containers are not all running', problems: await missing(world, wanted.filter(({ name }) => running.has(name) && owned.has(name)), router) },
    { name: 'effects left after a rollback', problems: [...undone.map(({ name, operation_id }) => `container ${name} of operation ${operation_id}`), ...(await leftReleases())] },
  ]
}

async function missing(world: World, running: { app_id: string; service: string; name: string }[], router: Awaited<ReturnType<typeof routerStatus>>): Promise<string[]> {
  const releases = await sql<{ app: string; handle: string; number: number; formation: Record<string, number> }[]>`
    select a.id as app, a.handle, r.number, r.formation from apps a join releases r on r.id = a.current_release_id where a.deprovisioned_at is null`
  const problems = releases.flatMap(({ app, handle, number, formation }) =>
    Object.entries(formation).flatMap(([service, count]) => {
      const found = running.filter((one) => one.app_id === app && one.service === service).length
      return found === count ? [] : [`${handle}, release ${number}, ${service}: ${found} of ${count}`]
    }),
  )
  const inRouter = new Set(Object.entries(router.containers).filter(([, { healthy }]) => healthy).map(([name]) => name))
  const known = new Set(world.apps.map(({ id }) => String(id)))
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
export function checkTraffic(world: World, counts: Map<number, LoadCount>, router: Awaited<ReturnType<typeof routerStatus>>): Check {
  const differing: string[] = []
  for (const { handle, endpointId } of world.apps) {
    const outside = counts.get(endpointId)!
    const inside = router.endpoints[endpointId] ?? { requests: 0, lost: 0, maintenance: 0 }
    for (const [what, out, own] of [['requests', outside.sent, inside.requests], ['lost', outside.lost, inside.lost], ['maintenance', outside.maintenance, inside.maintenance]] as const)
      if (out !== own) differing.push(`${handle}: ${what}: ${out} outside, ${own} in the router`)
  }
  return { name: 'counts that differ between the load generator and the router', problems: differing }
}

/** As far as the load generator has counted. */
export function checkLosses(world: World): Check {
  const lost: string[] = []
  for (const { handle, strategy, load: { count: outside } } of world.apps) {
    if (strategy !== 'immediate' && outside.lost > 0) lost.push(`${handle}: ${outside.lost} of ${outside.sent}: ${JSON.stringify(outside.reasons)}`)
    // Always two healthy ones or more to choose from: a maintenance page is a lost request by another name.
    if (strategy !== 'immediate' && outside.maintenance > 0) lost.push(`${handle}: ${outside.maintenance} maintenance pages`)
  }
  return { name: 'requests lost outside immediate', problems: lost }
}

/** What the processes themselves have shown. */
export function checkRunners(fleet: Fleet, observed: Observed): Check[] {
  const defects = fleet.logFiles.flatMap((file) => readFileSync(file, 'utf8').split('\n').filter((line) => line.includes('this is a defect')))
  return [
    { name: 'runners that broke down by themselves', problems: fleet.brokeDown },
    { name: 'defects that runners report', problems: [...new Set(defects)] },
    { name: 'operations not taken over within 10 s', problems: observed.lateTakeovers },
    { name: 'lines that a live reader would have missed', problems: observed.missedLines },
  ]
}
