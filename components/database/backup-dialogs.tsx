'use client'

import { ActionForm } from '#components/form/action-form.tsx'
import { DeprovisionForm } from '#components/form/deprovision-form.tsx'
import { TextField } from '#components/form/field.tsx'
import { NoteField } from '#components/form/note-field.tsx'
import { Submit } from '#components/form/submit.tsx'
import { handleHint } from '#components/stack/stack-forms.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Instant } from '#components/ui/instant.tsx'
import { purgeBackup, restoreBackup } from './actions.ts'
import { OfferedPlaces, OfferedSize } from './offered.tsx'

export type BackupBrief = { id: number; at: string; handle: string; type: string; environmentId: number; memoryMb: number; volumeMb: number }

export function RestoreDialog({ backup }: { backup: BackupBrief }) {
  const { id, at, handle, memoryMb, volumeMb } = backup
  return (
    <Dialog trigger={<>Restore<Which id={id} /></>} needs="deploy" title={`Restore backup ${id} of ${handle}`}>
      {() => (
        <ActionForm action={restoreBackup} label="Restore">
          <input type="hidden" name="backup" value={id} />
          <p>Into a new database, as it was <Instant at={at} />, with a connection URL of its own. No app is linked to it yet.</p>
          <TextField name="handle" label="Handle of the new database" hint={handleHint} required autoFocus />
          <OfferedSize database={backup} name="memoryMb" label="Memory, in MB" now={memoryMb} />
          <OfferedSize database={backup} name="volumeMb" label="Volume, in MB" now={volumeMb} />
          <OfferedPlaces database={backup} />
          <NoteField />
          <div><Submit>Restore</Submit></div>
        </ActionForm>
      )}
    </Dialog>
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
