'use client'

import { useQuery } from '@tanstack/react-query'
import { Undo2 } from 'lucide-react'
import Link from 'next/link'
import { ActionForm } from '#components/form/action-form.tsx'
import { NoteField } from '#components/form/note-field.tsx'
import { StrategyField } from '#components/form/strategy-field.tsx'
import { Submit } from '#components/form/submit.tsx'
import { readJson } from '#components/live/read-json.ts'
import { Dialog } from '#components/ui/dialog.tsx'
import type { Needs } from '#components/ui/needs.tsx'
import type { RollbackPreview } from '#lib/operations/rollback.ts'
import { rollBackOperation } from './actions.ts'

export function RollBackDialog({ id, title, needs }: { id: number; title: string; needs: Needs }) {
  return (
    <Dialog trigger={<><Undo2 className="size-4" aria-hidden="true" /> Roll back</>} needs={needs} title={`Roll back “${title}”?`}>
      {() => <RollBackForm id={id} />}
    </Dialog>
  )
}

function RollBackForm({ id }: { id: number }) {
  const { data: preview, error } = useQuery({
    queryKey: ['operation', id, 'rollback'],
    queryFn: ({ signal }) => readJson<RollbackPreview>(`/api/operations/${id}/rollback`, signal),
    staleTime: 0,
  })
  if (error) return <p className="text-bad">What it would change cannot be read now. Close this and try again.</p>
  if (!preview) return <p className="text-soft">Looking up what it would change …</p>
  if (!preview.possible) return <p>It cannot be rolled back: {preview.why}</p>
  return (
    <ActionForm action={rollBackOperation} label="Roll back">
      <input type="hidden" name="operation" value={id} />
      <PreviewOf preview={preview} />
      <StrategyField inherited={preview.strategy} inheritedFrom={preview.strategyFrom} />
      <NoteField />
      <div><Submit>Roll back</Submit></div>
    </ActionForm>
  )
}

const imageWords = {
  kept: null,
  'fetched again': 'Its image is no longer kept and is fetched again first. If that fails, such as when no registry has this digest any more, the rollback fails and nothing has changed.',
  'built again': 'Its image is no longer kept and is built again first. If that fails, such as when no source has this commit any more, the rollback fails and nothing has changed.',
  unknown: 'Whether its image is still kept cannot be told now; if it is not, it is fetched or built again first.',
}

function Listed({ operations }: { operations: { id: number; title: string }[] }) {
  return <ul className="list-disc pl-5">{operations.map(({ id, title }) => <li key={id} className="[overflow-wrap:anywhere]"><Link href={`/operations/${id}`} className="link">{id} {title}</Link></li>)}</ul>
}

function PreviewOf({ preview }: { preview: RollbackPreview }) {
  return (
    <>
      <div>
        <p>This will change:</p>
        <ul className="list-disc pl-5">{preview.changes.map((change) => <li key={change} className="[overflow-wrap:anywhere]">{change}</li>)}</ul>
      </div>
      {preview.undoes.length > 0 && (
        <div>
          <p className="text-warn">Later operations that it undoes as well:</p>
          <Listed operations={preview.undoes} />
        </div>
      )}
      {preview.released.length > 0 && (
        <div>
          <p className="text-warn">What before_release did stays, because a rollback runs neither before_release nor after_rollback:</p>
          <Listed operations={preview.released} />
        </div>
      )}
      {imageWords[preview.image] && <p className="text-soft">{imageWords[preview.image]}</p>}
      {preview.blockedBy !== null && <p className="text-warn">The app is blocked by <Link href={`/operations/${preview.blockedBy}`} className="link">operation {preview.blockedBy}</Link>: the rollback waits until the block is lifted.</p>}
    </>
  )
}
