import Link from 'next/link'
import { Panel } from '#components/ui/panel.tsx'
import type { OperationView } from './read-operation.ts'
import { Status } from './status.tsx'

const shownMax = 6

/** What a queued operation waits for, and its place. */
export function QueueNotice({ operation }: { operation: OperationView }) {
  const { status, queue, blocks, id } = operation
  const inTheWay = blocks.filter((block) => block.operationId !== id)
  if (status !== 'queued' || (queue.ahead.length === 0 && inTheWay.length === 0)) return null
  return (
    <Panel title={`Place ${queue.place} in the queue`}>
      <ul className="divide-y divide-line text-[0.93rem]">
        {inTheWay.map((block) => (
          <li key={block.id} className="px-4 py-2 [overflow-wrap:anywhere]">The {block.kind} {block.handle} is blocked by <Link href={`/operations/${block.operationId}`} className="link">operation {block.operationId}</Link>, which could not put everything back.</li>
        ))}
        {queue.ahead.slice(0, shownMax).map((ahead) => (
          <li key={ahead.id} className="flex items-center justify-between gap-3 px-4 py-2">
            <Link href={`/operations/${ahead.id}`} className="link min-w-0 truncate">{ahead.id} {ahead.title}</Link>
            <Status status={ahead.status} rollback={null} />
          </li>
        ))}
        {queue.ahead.length > shownMax && <li className="px-4 py-2 text-soft">and {queue.ahead.length - shownMax} more</li>}
      </ul>
    </Panel>
  )
}
