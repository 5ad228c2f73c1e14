'use client'

import { useQuery } from '@tanstack/react-query'
import { Undo2 } from 'lucide-react'
import Link from 'next/link'
import { ActionForm } from '#components/form/action-form.tsx'
import { TextArea } from '#components/form/field.tsx'
import { StrategyField } from '#components/form/strategy-field.tsx'
import { Submit } from '#components/form/submit.tsx'
import { readJson } from '#components/live/read-json.ts'
import { Dialog } from '#components/ui/dialog.tsx'
import type { Needs } from '#components/ui/needs.tsx'
import { rollBackOperation } from './actions.ts'

type Preview = { possible: boolean; why: string; changes: string[]; undoes: { id: number; title: string }[]; image: 'kept' | 'built again'; strategy: string; strategyFrom: string }

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
    queryFn: ({ signal }) => readJson<Preview>(`/api/operations/${id}/rollback`, signal),
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
      <TextArea name="note" label="Note" hint="Why, for those who read the activity later. Optional." rows={2} />
      <div><Submit>Roll back</Submit></div>
    </ActionForm>
  )
}

function PreviewOf({ preview }: { preview: Preview }) {
  return (
    <>
      <div>
        <p>This will change:</p>
        <ul className="list-disc pl-5">{preview.changes.map((change) => <li key={change} className="[overflow-wrap:anywhere]">{change}</li>)}</ul>
      </div>
      {preview.undoes.length > 0 && (
        <div>
          <p className="text-warn">Later operations that it undoes as well:</p>
          <ul className="list-disc pl-5">{preview.undoes.map((later) => <li key={later.id}><Link href={`/operations/${later.id}`} className="link">{later.id} {later.title}</Link></li>)}</ul>
        </div>
      )}
      {preview.image === 'built again' && <p className="text-soft">Its image is no longer kept and is built again first.</p>}
    </>
  )
}
