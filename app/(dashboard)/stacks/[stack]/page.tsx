import { Suspense } from 'react'
import { readStack } from '#components/stack/read-stack.ts'
import { StackEngine } from '#components/stack/stack-engine.tsx'
import { shown } from '#components/shell/shown.ts'
import { Empty } from '#components/ui/empty.tsx'
import { List, ListRow } from '#components/ui/list-row.tsx'
import { Section } from '#components/ui/section.tsx'
import { listEnvironmentsOfStack } from '#lib/stack/queries.ts'

type Props = { params: Promise<{ stack: string }> }

export default async function StackPage({ params }: Props) {
  const stack = await readStack((await params).stack)
  const environments = await shown((actor) => listEnvironmentsOfStack(actor, stack.id))
  return (
    <div className="flex flex-col gap-5">
      <Suspense fallback={<p role="status" className="text-soft">Asking the engine…</p>}><StackEngine stack={stack} /></Suspense>
      {environments.length === 0 && <Empty title="No environment runs here yet.">Create one under Environments.</Empty>}
      {environments.length > 0 && (
        <Section title="Environments">
          <List label="Environments">
            {environments.map(({ id, handle }) => <ListRow key={id} href={`/environments/${id}`} name={handle} />)}
          </List>
        </Section>
      )}
    </div>
  )
}
