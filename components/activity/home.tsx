'use client'

import { useQuery } from '@tanstack/react-query'
import { Lock } from 'lucide-react'
import Link from 'next/link'
import { SickDatabase } from '#components/database/sick-database.tsx'
import { SickEndpoint } from '#components/endpoint/sick-endpoint.tsx'
import { readJson } from '#components/live/read-json.ts'
import { RunnerNotice } from '#components/operation/runner-notice.tsx'
import { SickService } from '#components/service/sick-service.tsx'
import { Section } from '#components/ui/section.tsx'
import { ActivityRows } from './activity-rows.tsx'
import type { HomeView } from './read-home.ts'

const sickMax = 20

export function Home({ first }: { first: HomeView }) {
  const { data } = useQuery({
    queryKey: ['list', 'home'],
    queryFn: ({ signal }) => readJson<HomeView>('/api/home', signal),
    initialData: first,
    // The last day moves on even when nothing happens, and no hint comes of a runner that has stopped, or of what the router finds.
    refetchInterval: 5000,
  })
  const { running, queued, wrong, ended, blocks, sickEndpoints, sickDatabases, sickServices, runnerless, now } = data
  const sick = [sickDatabases, sickServices, sickEndpoints].map(({ length }) => length)
  const unshown = sick.reduce((sum, length) => sum + Math.max(0, length - sickMax), 0)
  return (
    <div className="flex flex-col gap-7">
      <RunnerNotice runnerless={runnerless} />
      <Section title="Running now">{running.length > 0 ? <ActivityRows rows={running} now={now} label="Running now" /> : <p className="text-soft">Nothing is running.</p>}</Section>
      {queued.length > 0 && <Section title="About to happen">{<ActivityRows rows={queued} now={now} label="About to happen" />}</Section>}
      <Section title="Blocked, or failed in the last day">
        {blocks.length === 0 && sick.every((length) => length === 0) && wrong.length === 0 ? <p className="text-soft">Nothing is blocked, and nothing has failed since yesterday.</p> : (
          <div className="flex flex-col gap-2">
            {sickDatabases.slice(0, sickMax).map((database) => <SickDatabase key={database.id} {...database} />)}
            {sickServices.slice(0, sickMax).map((service) => <SickService key={`${service.app.id} ${service.service}`} {...service} />)}
            {sickEndpoints.slice(0, sickMax).map((endpoint) => <SickEndpoint key={endpoint.id} {...endpoint} />)}
            {unshown > 0 && <p className="text-soft">and {unshown} more that do not serve</p>}
            {blocks.map((block) => (
              <p key={block.id} className="flex items-center gap-2.5 rounded-lg bg-bad-wash px-4 py-2">
                <Lock className="size-4 shrink-0 text-bad" aria-hidden="true" />
                <span className="min-w-0">
                  The {block.kind} <b className="font-semibold [overflow-wrap:anywhere]">{block.handle}</b> is blocked, because not everything could be put back. <Link href={`/operations/${block.operationId}`} className="link">Put it right in operation {block.operationId}</Link>
                </span>
              </p>
            ))}
            {wrong.length > 0 && <ActivityRows rows={wrong} now={now} label="Failed or blocked" />}
          </div>
        )}
      </Section>
      {ended.length > 0 && <Section title="Ended in the last day" aside={<Link href="/activity" className="link text-[0.9rem]">All activity</Link>}>{<ActivityRows rows={ended} now={now} label="Ended in the last day" />}</Section>}
    </div>
  )
}
