import { Panel } from '#components/ui/panel.tsx'
import type { OperationView } from './read-operation.ts'
import { returnEndsAt, uncutStep, wouldLeave, wouldPutBack } from './undoing.ts'

/** What a cancel would put back at this moment, and from where on it no longer can. */
export function CancelPanel({ operation }: { operation: OperationView }) {
  if (operation.status !== 'running') return null
  return (
    <Panel title="If it is cancelled now" className="text-[0.93rem]">
      <div className="flex flex-col gap-2 px-4 py-3"><WouldPutBack operation={operation} /></div>
    </Panel>
  )
}

export function WouldPutBack({ operation }: { operation: OperationView }) {
  const list = wouldPutBack(operation)
  const end = returnEndsAt(operation)
  const uncut = uncutStep(operation)
  if (operation.trivial) return <p>Its command is stopped. There is nothing to roll back.</p>
  if (operation.pastReturn) return <p>It can no longer be cancelled: it is past “{end?.name}”, and from there on it only moves forward.</p>
  return (
    <>
      {list.length === 0 ? (
        <p>Nothing has been changed yet; there is nothing to put back.</p>
      ) : (
        <ol className="list-decimal pl-5">{list.map((undoes, index) => <li key={index} className="first-letter:uppercase">{undoes}</li>)}</ol>
      )}
      {wouldLeave(operation).map((leaves) => <p key={leaves} className="text-warn first-letter:uppercase">{leaves}.</p>)}
      {uncut && <p className="text-warn">“{uncut}” must not be cut in half: a cancel takes effect once it is through.</p>}
      {end && <p className="text-soft">Possible until “{end.name}” (step {end.index + 1}) begins.</p>}
    </>
  )
}
