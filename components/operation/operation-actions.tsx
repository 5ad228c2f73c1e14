'use client'

import { Download, RotateCw, X } from 'lucide-react'
import { DeployDialog } from '#components/app/app-dialogs.tsx'
import { ActionForm } from '#components/form/action-form.tsx'
import { Submit } from '#components/form/submit.tsx'
import { ButtonLink } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { cancelOperation, runOperationAgain } from './actions.ts'
import { ResolveDialog, RetryDialog } from './block-dialogs.tsx'
import { WouldPutBack } from './cancel-panel.tsx'
import type { OperationView } from './read-operation.ts'
import { resourcePath } from './resource-path.ts'
import { RollBackDialog } from './roll-back-dialog.tsx'

/** What is on a resource that was not there before. */
const making = ['provision', 'restore']

export function OperationActions({ operation }: { operation: OperationView }) {
  const { id, status, finishedAt, may, needs, blocks } = operation
  const blocking = blocks.some(({ operationId }) => operationId === id)
  return (
    <>
      {(status === 'queued' || status === 'running') && <CancelDialog operation={operation} />}
      {blocking && <RetryDialog id={id} needs={needs} />}
      {blocking && <ResolveDialog id={id} />}
      {may.rollBack && <RollBackDialog id={id} title={operation.title} needs={needs} />}
      {finishedAt !== null && !blocking && may.runAgain && <RunAgainDialog operation={operation} />}
      {operation.deployable && <DeployDialog app={operation.deployable} />}
      {status === 'succeeded' && making.includes(operation.type) && (
        <ButtonLink look={operation.deployable ? 'plain' : 'main'} href={resourcePath(operation.resourceKind, operation.resourceId)}><span className="max-w-60 truncate">Open {operation.resourceHandle}</span></ButtonLink>
      )}
      <DownloadLog id={id} running={finishedAt === null} />
    </>
  )
}

/** A plain link: the browser's own download shows its progress and can be stopped. */
function DownloadLog({ id, running }: { id: number; running: boolean }) {
  return (
    <a
      href={`/api/operations/${id}/log/download${running ? '?follow=1' : ''}`}
      download
      title={running ? 'The log so far, and what comes until the operation has ended' : 'The whole log'}
      className="inline-flex min-h-8 items-center gap-1.5 rounded-md border border-edge bg-surface px-3 py-1 text-[0.9rem] font-medium hover:bg-sunken"
    >
      <Download className="size-4" aria-hidden="true" /> Log
    </a>
  )
}

function CancelDialog({ operation }: { operation: OperationView }) {
  const { id, title, status, pastReturn, needs } = operation
  const trigger = <><X className="size-4" aria-hidden="true" /> Cancel</>
  return (
    <Dialog trigger={trigger} look="danger" needs={needs} disabled={pastReturn} why={pastReturn ? 'It is past its point of no return' : undefined} title={`Cancel “${title}”?`}>
      {(close) => (
        <ActionForm action={cancelOperation} onDone={close} label="Cancel the operation">
          <input type="hidden" name="operation" value={id} />
          {status === 'queued' ? <p>It has not begun; nothing has to be put back.</p> : <><p>This will be put back, in this order:</p><WouldPutBack operation={operation} /></>}
          <div><Submit look="danger">Cancel the operation</Submit></div>
        </ActionForm>
      )}
    </Dialog>
  )
}

function RunAgainDialog({ operation }: { operation: OperationView }) {
  return (
    <Dialog trigger={<><RotateCw className="size-4" aria-hidden="true" /> Run again</>} needs={operation.needs} title={`Run “${operation.title}” again?`}>
      {() => (
        <ActionForm action={runOperationAgain} label="Run again">
          <input type="hidden" name="operation" value={operation.id} />
          <p>A new operation of the same type starts with the same input, on {operation.resourceHandle} as it is now.</p>
          <div><Submit>Run again</Submit></div>
        </ActionForm>
      )}
    </Dialog>
  )
}
