import { readFileSync } from 'node:fs'
import { sql } from '#lib/db/client.ts'
import type { Deeds } from './deeds.ts'
import type { Fleet } from './fleet.ts'
import type { Observed } from './observer.ts'
import { beforeReleaseBegins } from './source.ts'
import type { Failed } from './world.ts'
import { arrayOf } from '#lib/db/array.ts'

export interface Check {
  name: string
  /** Each is a broken promise. */
  problems: string[]
}

export type Row = { problem: string }

export async function problemsIn(rows: Promise<readonly Row[]>): Promise<string[]> {
  return (await rows).map(({ problem }) => problem)
}

/** What the db alone can tell. */
export async function checkJournal({ asked, cancelsAccepted }: Deeds, mayFail: (failed: Failed) => boolean): Promise<Check[]> {
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
    { name: 'operations that failed for no reason of their own', problems: await checkReasons(asked, mayFail) },
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

async function checkReasons(asked: Deeds['asked'], mayFail: (failed: Failed) => boolean): Promise<string[]> {
  const failed = await sql<(Failed & { id: string; title: string; reason: string; step: string | null })[]>`
    select id, title, reason, failed_step as step, coalesce(error, '') as error, started_at as "startedAt", finished_at as "finishedAt" from operations where status = 'failed' order by id`
  return failed.flatMap(({ id, title, reason, step, ...how }) => {
    const lawful = asked.get(Number(id))?.test(how.error) || mayFail(how) || reason === 'crashes'
    return lawful ? [] : [`${id} ${title}: ${reason} in "${step}": ${how.error}`]
  })
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
