import type { Actor } from '#lib/auth/actor.ts'
import { config } from '#lib/config.ts'
import { listActivity } from '#lib/activity/list-activity.ts'
import { readChart } from '#lib/activity/read-chart.ts'
import { readFilter } from '#lib/activity/schema.ts'
import { embeddedConnection } from '#lib/db/embedded.ts'
import { migrateDatabase } from '#lib/db/migrate.ts'
import { fill } from './activity-fill.ts'
import { measurePages } from './activity-pages.ts'
import { measureRead } from './activity-read.ts'

/** Ranks of the three environments of the member: one of the larger, one of the middle, one of the smaller. */
const memberOf = [7, 52, 152]

const owner: Actor = { kind: 'user', id: 1, name: 'Person 1', email: null, owner: true, scopes: {} }
const member: Actor = { ...owner, id: 40, owner: false, scopes: Object.fromEntries(memberOf.map((id) => [id, ['read' as const]])) }
const day = 24 * 3600 * 1000

const operations = Number(process.argv[2])
await migrateDatabase(embeddedConnection(config.dataPath))
await fill(operations)
const last = Math.floor(operations * 1.1)
const iso = (at: number) => new Date(at).toISOString()
/** Somewhere in all of it, another place each time. */
const somewhere = (round: number) => 1 + Math.floor(((round * 0.6180339887) % 1) * last)
const sometime = (round: number) => Date.now() - (((round * 0.6180339887) % 1) * 0.9 + 0.05) * last * 9500
const app = (round: number) => 202 + ((round * 37) % 2000)

/** The address of the list for each figure; a round has another place, app or day where there is one. */
const lists: Record<string, (round: number) => string> = {
  list: () => '',
  page_deep: (round) => `before=${somewhere(round)}`,
  page_newer: (round) => `after=${somewhere(round)}`,
  environment: (round) => `environment=${memberOf[round % 3]}`,
  stack: () => 'stack=1',
  app: (round) => `app=${app(round)}`,
  filter_kind: () => 'kind=access',
  filter_type: () => 'type=deploy',
  filter_type_rare: () => 'type=deprovision',
  filter_event_rare: () => 'type=block resolved',
  filter_status: () => 'status=failed',
  filter_status_open: () => 'status=running',
  filter_rollback: () => 'rollback=complete',
  filter_rollback_incomplete: () => 'rollback=incomplete',
  filter_actor: (round) => `actor=person-${1 + (round % 9)}@`,
  filter_actor_rare: () => 'actor=person-60@',
  filter_source: () => 'source=schedule',
  filter_resource: (round) => `resource=${app(round)}`,
  filter_time: (round) => `from=${iso(sometime(round) - day)}&to=${iso(sometime(round))}`,
  filter_time_status: (round) => `from=${iso(sometime(round) - day)}&to=${iso(sometime(round))}&status=failed`,
  search_id: (round) => `q=${somewhere(round)}`,
  search_handle: () => 'q=storefront-1',
  search_note: () => 'q=checkout',
  search_note_rare: (round) => `q=ticket-${Math.floor(somewhere(round) / 50)}`,
}
const charts: Record<string, (round: number) => string> = {
  chart: () => '',
  chart_status: () => 'status=failed',
  chart_time: (round) => `from=${iso(sometime(round) - day)}&to=${iso(sometime(round))}`,
}

// Without the bench there is nobody to tell, and nobody who would end this.
process.once('disconnect', () => process.exit(1))
for (const [who, actor] of [['', owner], ['member_', member]] as const) {
  for (const [name, address] of Object.entries(lists)) {
    if (actor === member && name === 'stack') continue
    await measureRead(`${who}${name}`, (round) => listActivity(actor, readFilter(new URLSearchParams(address(round)))))
  }
  for (const [name, address] of Object.entries(charts)) await measureRead(`${who}${name}`, (round) => readChart(actor, readFilter(new URLSearchParams(address(round))), 'Europe/Zurich'))
}
await measurePages(memberOf)
process.exit()
