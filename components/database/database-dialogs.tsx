'use client'

import { ActionForm } from '#components/form/action-form.tsx'
import { NoteField } from '#components/form/note-field.tsx'
import { Submit } from '#components/form/submit.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { backUpDatabase, resizeDatabase, restartDatabase } from './actions.ts'
import { OfferedPlaces, OfferedSize } from './offered.tsx'

export type DatabaseBrief = { id: number; handle: string; type: string; environmentId: number; place: string; memoryMb: number; volumeMb: number }

export function RestartDialog({ database }: { database: DatabaseBrief }) {
  const { id, handle, memoryMb, place } = database
  return (
    <Dialog trigger="Restart" needs="operate" title={`Restart ${handle}`}>
      {() => (
        <ActionForm action={restartDatabase} label="Restart">
          <input type="hidden" name="database" value={id} />
          <p>Its clients are cut off for a moment. Everything that can be ready is ready before; should the new container not answer, the old one serves again, with the same data.</p>
          <OfferedSize database={database} name="memoryMb" label="Memory, in MB" now={memoryMb} />
          <OfferedPlaces database={database} now={place} hint="At another place its volume is copied there while it goes on serving; what changed meanwhile follows once it has stopped." />
          <NoteField />
          <div><Submit>Restart</Submit></div>
        </ActionForm>
      )}
    </Dialog>
  )
}

export function ResizeDialog({ database }: { database: DatabaseBrief }) {
  const { id, handle, volumeMb } = database
  return (
    <Dialog trigger="Resize" needs="operate" title={`Resize the volume of ${handle}`}>
      {() => (
        <ActionForm action={resizeDatabase} label="Resize">
          <input type="hidden" name="database" value={id} />
          <OfferedSize database={database} name="volumeMb" label="Volume, in MB" now={volumeMb} />
          <NoteField />
          <div><Submit>Resize</Submit></div>
        </ActionForm>
      )}
    </Dialog>
  )
}

export function BackUpDialog({ database }: { database: DatabaseBrief }) {
  const { id, handle, place } = database
  return (
    <Dialog trigger="Back up" needs="operate" title={`Back up ${handle}`}>
      {() => (
        <ActionForm action={backUpDatabase} label="Back up">
          <input type="hidden" name="database" value={id} />
          <p>It goes on serving while it is copied. The backup is kept until it is purged, also when the database is deprovisioned.</p>
          <OfferedPlaces database={database} label="Where to keep it" now={place} />
          <NoteField />
          <div><Submit>Back up</Submit></div>
        </ActionForm>
      )}
    </Dialog>
  )
}
