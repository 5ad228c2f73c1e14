import { Lock } from 'lucide-react'
import Link from 'next/link'
import type { StandingBlock } from '#lib/activity/standing-blocks.ts'
import { scopeOfOperation } from '#lib/operations/scope-of.ts'
import { ResolveDialog, RetryDialog } from './block-dialogs.tsx'

/** What keeps a resource from taking operations, and how to lift it. */
export async function BlockNotice({ blocks }: { blocks: StandingBlock[] }) {
  const shown = await Promise.all(blocks.map(async (block) => ({ ...block, needs: await scopeOfOperation(block.operationId) })))
  return shown.map(({ id, operationId, needs }) => (
    <div key={id} className="mt-1 flex flex-wrap items-center justify-between gap-x-6 gap-y-2 rounded-lg bg-bad-wash px-4 py-2">
      <p className="flex min-w-0 items-center gap-2.5">
        <Lock className="size-4 shrink-0 text-bad" aria-hidden="true" />
        <span>Blocked: a rollback could not put everything back. <Link href={`/operations/${operationId}`} className="link">See what is left in operation {operationId}</Link></span>
      </p>
      <div className="flex flex-wrap gap-2">
        <RetryDialog id={operationId} needs={needs} />
        <ResolveDialog id={operationId} />
      </div>
    </div>
  ))
}
