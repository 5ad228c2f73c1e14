import { shown } from '#components/shell/shown.ts'
import { Empty } from '#components/ui/empty.tsx'
import { Panel } from '#components/ui/panel.tsx'
import { readOffer } from '#lib/database/offer.ts'
import { Refusal } from '#lib/refusal.ts'
import { DatabaseForm } from './database-form.tsx'

/** The form, or why there can be no database now. */
export async function NewDatabase({ environmentId }: { environmentId: number }) {
  const read = await shown((actor) =>
    readOffer(actor, environmentId).catch((error: unknown) => {
      if (error instanceof Refusal && ['conflict', 'unavailable'].includes(error.code)) return error.message
      throw error
    }),
  )
  if (typeof read === 'string') return <Empty title="No database can be created here.">{read}</Empty>
  if (read.types.length === 0) return <Empty title="No database can be created here.">This machine has no programs that one could be started from.</Empty>
  const able = read.types.filter(({ trouble }) => trouble === null)
  if (able.length === 0) return <Empty title="No database can be created here.">{read.types.map(({ trouble }) => trouble).join(' ')}</Empty>
  return <Panel title="New database" className="max-w-2xl"><div className="p-4"><DatabaseForm environmentId={environmentId} offer={read} /></div></Panel>
}
