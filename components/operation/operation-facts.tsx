import Link from 'next/link'
import { Downtime } from '#components/database/downtime.tsx'
import { Instant } from '#components/ui/instant.tsx'
import type { OperationView } from './read-operation.ts'

/** Who, from where, why, and what came of it. */
export function OperationFacts({ operation }: { operation: OperationView }) {
  const { id, actorName, actorEmail, source, note, queuedAt, releaseNumber, releaseDiscarded, requestsServed, requestsLost, requestsMaintenance, downtime, links, claims } = operation
  return (
    <div className="flex flex-col gap-1 text-[0.93rem] text-soft">
      <p className="flex flex-wrap gap-x-3 gap-y-0.5">
        <span>Operation {id}</span>
        <span title={actorEmail ?? undefined}>by <span className="text-ink">{actorName}</span>, from {article(source)}</span>
        <Instant at={queuedAt} />
        {releaseNumber !== null && <span>release {releaseNumber}{releaseDiscarded && ', discarded'}</span>}
        {requestsServed !== null && <Requests served={requestsServed} lost={requestsLost ?? 0} maintenance={requestsMaintenance ?? 0} ended={operation.finishedAt !== null} />}
        {downtime && <span>downtime {operation.finishedAt === null && 'so far '}<Downtime {...downtime} /></span>}
        {claims > 1 && <span>taken over {claims - 1}×</span>}
        {links.rollsBack && <span>rolls back <OperationRef {...links.rollsBack} /></span>}
        {links.retries && <span>retries <OperationRef {...links.retries} /></span>}
        {links.rolledBackBy.map((link) => <span key={link.id}>rolled back by <OperationRef {...link} /></span>)}
        {links.retriedBy.map((link) => <span key={link.id}>retried by <OperationRef {...link} /></span>)}
      </p>
      {note && <p className="max-w-[130ch] whitespace-pre-wrap text-ink [overflow-wrap:anywhere]">“{note}”</p>}
    </div>
  )
}

const article = (source: string) => (source === 'dashboard' ? 'the dashboard' : source)

function Requests({ served, lost, maintenance, ended }: { served: number; lost: number; maintenance: number; ended: boolean }) {
  return (
    <span>
      {served.toLocaleString('en')} {served === 1 ? 'request' : 'requests'} {ended ? 'during it' : 'so far'}, <span className={lost > 0 ? 'font-medium text-bad' : undefined}>{lost.toLocaleString('en')} lost</span>{maintenance > 0 && <>, <span className="font-medium text-warn">{maintenance.toLocaleString('en')} answered by the maintenance page</span></>}
    </span>
  )
}

export function OperationRef({ id, title }: { id: number; title: string }) {
  return <Link href={`/operations/${id}`} title={title} className="link">operation {id}</Link>
}
