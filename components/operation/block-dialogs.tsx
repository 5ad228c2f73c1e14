'use client'

import { Undo2 } from 'lucide-react'
import { ActionForm } from '#components/form/action-form.tsx'
import { TextArea } from '#components/form/field.tsx'
import { Submit } from '#components/form/submit.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import type { Needs } from '#components/ui/needs.tsx'
import { resolveBlock, retryOperationRollback } from './actions.ts'

export function RetryDialog({ id, needs }: { id: number; needs: Needs }) {
  return (
    <Dialog trigger={<><Undo2 className="size-4" aria-hidden="true" /> Retry rollback</>} look="main" needs={needs} title="Retry the rollback?">
      {() => (
        <ActionForm action={retryOperationRollback} label="Retry rollback">
          <input type="hidden" name="operation" value={id} />
          <p>A new operation tries again to put back what is left. When it succeeds, the block is lifted.</p>
          <div><Submit>Retry rollback</Submit></div>
        </ActionForm>
      )}
    </Dialog>
  )
}

export function ResolveDialog({ id }: { id: number }) {
  return (
    <Dialog trigger="Mark resolved" needs="admin" title="Mark it resolved?">
      {(close) => (
        <ActionForm action={resolveBlock} onDone={close} label="Mark resolved">
          <input type="hidden" name="operation" value={id} />
          <p>The block is lifted, and Davit takes things to be as they should be. Operations that wait go on.</p>
          <TextArea name="reason" label="How was it put right?" hint="Kept in the activity, with your name." required />
          <div><Submit>Mark resolved</Submit></div>
        </ActionForm>
      )}
    </Dialog>
  )
}
