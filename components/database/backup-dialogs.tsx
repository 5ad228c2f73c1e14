'use client'

import { DeprovisionForm } from '#components/form/deprovision-form.tsx'
import { TextField } from '#components/form/field.tsx'
import { OperationDialog } from '#components/form/operation-dialog.tsx'
import { handleHint } from '#components/stack/stack-forms.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Instant } from '#components/ui/instant.tsx'
import { megabyte } from '#lib/drivers/megabyte.ts'
import { purgeBackup, restoreBackup } from './actions.ts'
import { OfferedPlaces, OfferedSize } from './offered.tsx'

type BackupBrief = { id: number; at: string; handle: string; type: string; environmentId: number; memoryMb: number; volumeMb: number; bytes: number }

export function RestoreDialog({ backup }: { backup: BackupBrief }) {
  const { id, at, handle, memoryMb, volumeMb, bytes } = backup
  return (
    <OperationDialog label="Restore" trigger={<>Restore<Which id={id} /></>} needs="deploy" title={`Restore backup ${id} of ${handle}`} action={restoreBackup} about={{ backup: id }}>
      <p>A new database with all that {handle} held at <Instant at={at} />, and with a connection URL of its own. No app is linked to it yet; nothing else changes.</p>
      <TextField name="handle" label="Handle of the new database" hint={handleHint} required autoFocus />
      <OfferedSize database={backup} name="memoryMb" label="Memory, in MB" value={memoryMb} hint={`It had ${memoryMb}.`} />
      <OfferedSize database={backup} name="volumeMb" label="Volume, in MB" value={volumeMb} least={Math.ceil(bytes / megabyte)} hint={`It had ${volumeMb}.`} />
      <OfferedPlaces database={backup} />
    </OperationDialog>
  )
}

export function PurgeDialog({ backup }: { backup: BackupBrief }) {
  const { id, at, handle } = backup
  return (
    <Dialog trigger={<>Purge<Which id={id} /></>} look="quiet" needs="destroy" title={`Purge backup ${id} of ${handle}`}>
      {() => (
        <DeprovisionForm action={purgeBackup} verb="Purge" name="backup" id={id} handle={handle} what="backup">
          <p>The backup made <Instant at={at} /> is removed for good. Nothing can be restored from it any more.</p>
        </DeprovisionForm>
      )}
    </Dialog>
  )
}

/** For those who hear the page: every row has the same buttons. */
function Which({ id }: { id: number }) {
  return <span className="sr-only"> backup {id}</span>
}
