'use client'

import { OperationDialog } from '#components/form/operation-dialog.tsx'
import { backUpDatabase, resizeDatabase, restartDatabase } from './actions.ts'
import { OfferedPlaces, OfferedSize, ResizeWords } from './offered.tsx'

type DatabaseBrief = { id: number; handle: string; type: string; environmentId: number; place: string; memoryMb: number; volumeMb: number }
type Props = { database: DatabaseBrief }

export function RestartDialog({ database }: Props) {
  const { id, handle, memoryMb, place } = database
  return (
    <OperationDialog label="Restart" needs="operate" title={`Restart ${handle}`} action={restartDatabase} about={{ database: id }}>
      <p>Its clients are cut off for a moment. Everything that can be ready is ready before; should the new container not answer, the old one serves again, with the same data.</p>
      <OfferedSize database={database} name="memoryMb" label="Memory, in MB" value={memoryMb} hint={`${memoryMb} now.`} />
      <OfferedPlaces database={database} now={place} hint="At another place its volume is copied there while it goes on serving; what changed meanwhile follows once it has stopped." />
    </OperationDialog>
  )
}

export function ResizeDialog({ database }: Props) {
  const { id, handle, volumeMb } = database
  return (
    <OperationDialog label="Resize" needs="operate" title={`Resize the volume of ${handle}`} action={resizeDatabase} about={{ database: id }}>
      <ResizeWords database={database} />
      <OfferedSize database={database} name="volumeMb" label="Volume, in MB" value={volumeMb} hint={`${volumeMb} now.`} />
    </OperationDialog>
  )
}

export function BackUpDialog({ database }: Props) {
  const { id, handle, place } = database
  return (
    <OperationDialog label="Back up" needs="operate" title={`Back up ${handle}`} action={backUpDatabase} about={{ database: id }}>
      <p>It goes on serving while it is copied. The backup is kept until it is purged, also when the database is deprovisioned.</p>
      <OfferedPlaces database={database} label="Where to keep it" now={place} />
    </OperationDialog>
  )
}
