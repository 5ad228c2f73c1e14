import type { Sql } from 'postgres'
import { sql } from '#lib/db/client.ts'

const environmentsCount = 200
const appsOfEnvironment = 10
const usersCount = 60
/** Of those who keep a platform running; the newest ten thousand operations are a good day's. */
const secondsBetween = 9.5
/** Every eleventh entry is an event. */
const eventEvery = 11
const sliceRows = 250_000
/** Sorting and building indexes of ten million rows need room that a page does not. */
const fillMemory = '1GB'

const words = ['checkout', 'rounding', 'currency', 'invoice', 'cache', 'timeout', 'header', 'banner', 'search', 'upload', 'audit', 'retry', 'memory', 'cookie', 'session', 'locale']

/**
 * Fills an empty, migrated database as years of use would have: few environments, apps and people have most of it,
 * most operations succeed, few are rolled back incompletely. Triggers and checks of references are off meanwhile,
 * and indexes are made afterwards, as in a restore.
 */
export async function fill(operations: number): Promise<void> {
  const started = performance.now()
  await makePlaces()
  const indexes = await dropIndexes()
  const last = Math.floor((operations * eventEvery) / (eventEvery - 1))
  const slices = Array.from({ length: Math.ceil(last / sliceRows) }, (_, index) => [index * sliceRows + 1, Math.min(last, (index + 1) * sliceRows)] as const)
  await eachOf(slices, ([from, to]) => inFill((tx) => insertSlice(tx, from, to, last)))
  await eachOf(indexes, (definition) => inFill((tx) => tx.unsafe(definition)))
  await sql`select setval('operations_id_seq', ${last})`
  await sql`vacuum (analyze) operations`
  await sql`vacuum (analyze) events`
  console.error(`${operations} operations filled in ${Math.round((performance.now() - started) / 1000)} s`)
}

/** Two at a time: the bench's machine has two processors at least. */
async function eachOf<Item>(items: readonly Item[], work: (item: Item) => Promise<unknown>): Promise<void> {
  const rest = [...items]
  const one = async () => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) await work(item)
  }
  await Promise.all([one(), one()])
}

async function inFill(work: (tx: Sql) => Promise<unknown>): Promise<void> {
  await sql.begin(async (tx) => {
    await tx`select set_config('session_replication_role', 'replica', true), set_config('maintenance_work_mem', ${fillMemory}, true), set_config('synchronous_commit', 'off', true)`
    await work(tx as unknown as Sql)
  })
}

/** One stack is resource 1; environments follow, then their apps, then an endpoint for each app. */
async function makePlaces(): Promise<void> {
  const apps = environmentsCount * appsOfEnvironment
  await sql`insert into resources (kind, handle) values ('stack', 'local')`
  await sql`insert into resources (kind, handle, stack_id) select 'environment', 'environment-' || n, 1 from generate_series(1, ${environmentsCount}::int) n`
  await sql`
    insert into resources (kind, handle, stack_id, environment_id)
    select 'app', (array['storefront', 'ledger', 'mailer', 'gateway', 'search', 'billing', 'reports', 'identity', 'media', 'worker'])[n % 10 + 1] || '-' || n, 1, 2 + n / ${appsOfEnvironment}::int
    from generate_series(0, ${apps - 1}::int) n`
  await sql`insert into resources (kind, handle, stack_id, environment_id, app_id) select 'endpoint', handle || '-web', 1, environment_id, id from resources where kind = 'app' order by id`
  await sql`insert into stacks (id, handle, driver) values (1, 'local', 'local')`
  await sql`insert into environments (id, stack_id, handle) select id, 1, handle from resources where kind = 'environment'`
  await sql`
    insert into users (email, name, password_hash, owner)
    select 'person-' || n || '@example.org', 'Person ' || n, 'x', n = 1 from generate_series(1, ${usersCount}::int) n`
}

async function dropIndexes(): Promise<string[]> {
  const rows = await sql<{ name: string; definition: string }[]>`
    select c.relname as name, pg_get_indexdef(c.oid) as definition from pg_index i join pg_class c on c.oid = i.indexrelid
    where i.indrelid in ('operations'::regclass, 'events'::regclass) and not exists (select from pg_constraint k where k.conindid = c.oid)`
  for (const { name } of rows) await sql`drop index ${sql(name)}`
  return rows.map(({ definition }) => definition)
}

/** Numbers are made from the id by multiplication with primes, so that every run has the same rows. */
async function insertSlice(tx: Sql, from: number, to: number, last: number): Promise<void> {
  await tx`
    create temp table slice on commit drop as
    with numbered as (
      select n as id, now() - (${last}::bigint - n) * ${secondsBetween}::float8 * interval '1 second' as at,
        (n * 7919 % 10007) / 10007.0 as a, (n * 104729 % 10009) / 10009.0 as b, (n * 1299709 % 100003) / 100003.0 as c, (n * 15485863 % 100019) / 100019.0 as d
      from generate_series(${from}::bigint, ${to}::bigint) n
    )
    select *, floor(${environmentsCount}::int * a ^ 3)::int as place, 1 + floor(${usersCount}::int * b ^ 2)::int as person, floor(${appsOfEnvironment}::int * b * a)::int as app from numbered`
  await tx`alter table slice add app_id bigint, add environment_id bigint`
  await tx`update slice set environment_id = 2 + place, app_id = 2 + ${environmentsCount}::int + place * ${appsOfEnvironment}::int + app`
  await insertOperations(tx, last)
  await tx`
    insert into events (id, at, kind, actor_kind, actor_id, actor_name, actor_email, source, resource_id, resource_kind, resource_handle, stack_id, environment_id, environment_handle, app_id, detail)
    select id, at, case when c < 0.5 then 'signed in' when c < 0.7 then 'log downloaded' when c < 0.9 then 'container started again' when c < 0.98 then 'variables shown' when c < 0.9999 then 'sign-in failed' else 'block resolved' end,
      'user', person, 'Person ' || person, 'person-' || person || '@example.org', 'dashboard',
      case when c >= 0.5 then app_id end, case when c >= 0.5 then 'app' end, case when c >= 0.5 then 'app-' || app_id end, case when c >= 0.5 then 1 end,
      case when c >= 0.5 then environment_id end, case when c >= 0.5 then 'environment-' || (environment_id - 1) end, case when c >= 0.5 then app_id end, 'of the bench'
    from slice where id % ${eventEvery}::int = 0`
}

async function insertOperations(tx: Sql, last: number): Promise<void> {
  await tx`
    insert into operations (id, type, status, title, input, plan, resource_id, resource_kind, resource_handle, stack_id, environment_id, environment_handle, app_id,
      actor_kind, actor_id, actor_name, actor_email, source, note, request_key, queued_at, started_at, rollback_started_at, finished_at, reason, rollback, failed_step, release_number, log_bytes)
    overriding system value
    select id, type, status::operation_status, initcap(type) || ' app-' || app_id || ' at main', '{"app": 1}', '[{"name": "build the image", "undoes": null, "interruptible": true, "pointOfNoReturn": false}, {"name": "start the new containers", "undoes": "stop and remove them", "interruptible": true, "pointOfNoReturn": false}]',
      app_id, 'app', 'app-' || app_id, 1, environment_id, 'environment-' || (environment_id - 1), app_id,
      case when d < 0.01 then 'schedule' else 'user' end, case when d < 0.01 then null else person end, case when d < 0.01 then 'Schedule' else 'Person ' || person end, case when d < 0.01 then null else 'person-' || person || '@example.org' end,
      case when d < 0.01 then 'schedule' else 'dashboard' end,
      case when d > 0.8 then 'for the ' || (${`{${words.join(',')}}`}::text[])[1 + (id * 31 % 16)] || ' of the ' || (${`{${words.join(',')}}`}::text[])[1 + (id * 17 % 16)] || ' ticket-' || (id / 50) end,
      'bench-' || id, at, case when status <> 'queued' then at + interval '1 second' end,
      case when status in ('failed', 'cancelled') then at + interval '20 seconds' end, case when status not in ('queued', 'running') then at + (10 + 50 * c) * interval '1 second' end,
      case status when 'failed' then 'error' when 'cancelled' then 'cancelled' end,
      case when status in ('failed', 'cancelled') then case when (id * 13 % 1009) = 0 then 'incomplete' else 'complete' end end,
      case when status = 'failed' then 'build the image' end, (id % 1000)::int, 4096
    from (select *,
      case when d < 0.01 then 'report' when c < 0.55 then 'deploy' when c < 0.70 then 'restart' when c < 0.82 then 'scale' when c < 0.95 then 'configure' when c < 0.97 then 'rollback' when c < 0.985 then 'session' when c < 0.995 then 'provision' when c < 0.9999 then 'update' else 'deprovision' end as type,
      case when id > ${last}::bigint - 15 then 'queued' when id > ${last}::bigint - 40 then 'running' when (id * 37 % 1013) < 40 then 'failed' when (id * 37 % 1013) < 60 then 'cancelled' else 'succeeded' end as status
      from slice) s
    where id % ${eventEvery}::int <> 0`
}
