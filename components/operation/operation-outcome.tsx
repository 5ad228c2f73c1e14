import clsx from 'clsx'
import { OctagonX, TriangleAlert, Undo2 } from 'lucide-react'
import { Instant } from '#components/ui/instant.tsx'
import { lastingWords, nothingToRollBack, shownOf } from '#lib/runner/ending.ts'
import { OperationRef } from './operation-facts.tsx'
import type { OperationView } from './read-operation.ts'
import { isPutBack } from './sentence.ts'

/** What went wrong, what was put back, and what to do now. */
export function OperationOutcome({ operation }: { operation: OperationView }) {
  const { status, error, leftovers, lasting, rollback, failedStep, cancelRequestedBy, blocks, lifted, id } = operation
  const mine = blocks.filter(({ operationId }) => operationId === id)
  if (!error && leftovers.length === 0 && !cancelRequestedBy && mine.length === 0) return null
  const bad = rollback === 'incomplete' || status === 'failed'
  const Shape = leftovers.length > 0 || rollback === 'incomplete' ? TriangleAlert : bad ? OctagonX : Undo2
  return (
    <section aria-label="Outcome" className={clsx('flex gap-2.5 rounded-lg px-4 py-3', bad ? 'bg-bad-wash' : 'bg-warn-wash')}>
      <Shape className={clsx('mt-0.5 size-4 shrink-0', bad ? 'text-bad' : 'text-warn')} aria-hidden="true" />
      <div className="flex min-w-0 flex-col gap-2 text-[0.93rem]">
        {cancelRequestedBy && <p>{cancelRequestedBy} asked to cancel it.</p>}
        {error && error !== `cancelled by ${cancelRequestedBy}` && <p className="max-h-40 overflow-y-auto whitespace-pre-wrap [overflow-wrap:anywhere]" tabIndex={0}>{failedStep && <b className="font-semibold">{failedStep}: </b>}{error}</p>}
        {leftovers.length > 0 && (
          <div>
            <p className="font-medium">{status === 'succeeded' ? 'Could not be finished; the sweep goes on with it:' : 'Could not be put back:'}</p>
            <ul className="list-disc pl-5">{leftovers.map((left) => <li key={left} className="[overflow-wrap:anywhere]">{left}</li>)}</ul>
          </div>
        )}
        {rollback === 'complete' && <PutBack operation={operation} />}
        {rollback !== null && lasting.map((one) => (
          <div key={one.by}>
            <p className={clsx(!one.answer && 'font-medium')}>{lastingWords(one)}:</p>
            <ul className="list-disc pl-5 font-mono text-[0.85rem]">{shownOf(one).map((command, index) => <li key={index} className="whitespace-pre-wrap [overflow-wrap:anywhere]">{command}</li>)}</ul>
          </div>
        ))}
        {lifted.map(({ id: block, handle, at, by, reason }) => (
          <p key={block} className="[overflow-wrap:anywhere]"><b className="font-semibold">{handle} is no longer blocked:</b> resolved by {by}, <Instant at={at} />{reason && <>: “{reason}”</>}</p>
        ))}
        {mine.length > 0 && (
          <p className="[overflow-wrap:anywhere]"><b className="font-semibold">{mine.map(({ handle }) => handle).join(', ')} {mine.length > 1 ? 'are' : 'is'} blocked</b> and takes no further operation. Retry the rollback, or put things right by hand and mark it resolved.</p>
        )}
      </div>
    </section>
  )
}

/** What of it was put back; for a retry, what the operation that it retries has left. */
function PutBack({ operation: { trivial, putsBackForAnother, steps, links } }: { operation: OperationView }) {
  if (trivial) return <p>{nothingToRollBack}</p>
  if (!putsBackForAnother) return <p>Everything that Davit changed was put back.</p>
  const { retries } = links
  if (isPutBack(steps)) return <p>What was left is put back, but what it blocks is still blocked. Retry it{retries && <> in <OperationRef {...retries} /></>}.</p>
  const left = retries?.leftovers ?? []
  return (
    <div>
      <p className="font-medium">{left.length > 1 ? 'What was left is not all put back, and stays blocked.' : 'What was left is still left, and stays blocked.'}{retries && <> Put it right in <OperationRef {...retries} />:</>}</p>
      <ul className="list-disc pl-5">{left.map((one) => <li key={one} className="[overflow-wrap:anywhere]">{one}</li>)}</ul>
    </div>
  )
}
