'use client'

import { useQuery } from '@tanstack/react-query'
import { readJson } from '#components/live/read-json.ts'
import { LogViewer } from '#components/log/log-viewer.tsx'
import { HeldScopesProvider } from '#components/ui/needs.tsx'
import { PageHead } from '#components/ui/page-head.tsx'
import { CancelPanel } from './cancel-panel.tsx'
import { OperationActions } from './operation-actions.tsx'
import { OperationFacts } from './operation-facts.tsx'
import { OperationOutcome } from './operation-outcome.tsx'
import { OperationPace } from './operation-pace.tsx'
import { OperationSteps } from './operation-steps.tsx'
import { QueueNotice } from './queue-notice.tsx'
import type { OperationView } from './read-operation.ts'
import { resourcePath } from './resource-path.ts'
import { RunnerNotice } from './runner-notice.tsx'
import { sentenceOf } from './sentence.ts'
import { Status } from './status.tsx'

export function OperationPage({ first }: { first: OperationView }) {
  const { data: operation } = useQuery({
    queryKey: ['operation', first.id],
    queryFn: ({ signal }) => readJson<OperationView>(`/api/operations/${first.id}`, signal),
    initialData: first,
    // Hints may be lost: what is under way is read again now and then all the same.
    refetchInterval: ({ state }) => (state.data?.finishedAt === null ? 5000 : false),
  })
  const { resourceKind, resourceHandle, resourceId, environmentId, environmentHandle, app } = operation
  const inside = environmentId !== null && environmentHandle !== null && resourceKind !== 'environment'
  const trail = [
    ...(inside ? [{ href: `/environments/${environmentId}`, name: environmentHandle }] : []),
    ...(app ? [{ href: resourcePath('app', app.id), name: app.handle }] : []),
    { href: resourcePath(resourceKind, resourceId), name: resourceHandle },
  ]
  return (
    // As high as what is left of the window: the padding below a page would make it scroll.
    <div className="lg:-mb-12 lg:flex lg:h-[calc(100dvh-4rem)] lg:flex-col">
      <PageHead trail={trail} title={<span aria-live="polite">{sentenceOf(operation)}</span>} actions={<HeldScopesProvider held={operation.held}><OperationActions operation={operation} /></HeldScopesProvider>}>
        <div className="mt-1 flex flex-wrap items-center gap-x-4 gap-y-1 text-[0.93rem]">
          <Status status={operation.status} rollback={operation.rollback} />
          <OperationPace operation={operation} />
        </div>
        <OperationFacts operation={operation} />
      </PageHead>
      <div className="grid min-h-0 gap-4 lg:flex-1 lg:grid-cols-[25rem_minmax(0,1fr)]">
        <div tabIndex={0} role="region" aria-label="Steps and what can be put back" className="relative flex min-w-0 flex-col gap-3 lg:overflow-y-auto">
          <RunnerNotice runnerless={operation.runnerless} />
          <OperationOutcome operation={operation} />
          <QueueNotice operation={operation} />
          <CancelPanel operation={operation} />
          <OperationSteps operation={operation} />
        </div>
        <LogViewer operationId={operation.id} ended={operation.finishedAt !== null} bytes={operation.logBytes} />
      </div>
    </div>
  )
}
