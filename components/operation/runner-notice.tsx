import { TriangleAlert } from 'lucide-react'

/** Nothing moves: what spins on the page stands still. */
export function RunnerNotice({ runnerless }: { runnerless: boolean }) {
  return (
    <div role="status" className="contents">
      {runnerless && (
        <p className="flex items-start gap-2.5 rounded-lg bg-bad-wash px-4 py-2.5 text-[0.93rem]">
          <TriangleAlert className="mt-0.5 size-4 shrink-0 text-bad" aria-hidden="true" />
          <span><b className="font-semibold">No runner is alive:</b> operations are recorded, and wait until one is back. If none comes, the output of npm start says why.</span>
        </p>
      )}
    </div>
  )
}
