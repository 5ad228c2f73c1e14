import { Instant } from '#components/ui/instant.tsx'
import { isDown, type Seen, stateOf } from './state-of.ts'

/** Whether it runs, by shape, word and colour; of one that does not, when it is started again. */
export function ContainerState({ container }: { container: Seen }) {
  const { Shape, word, tone } = stateOf(container)
  return (
    <span className={`inline-flex min-w-0 items-start gap-1.5 ${tone}`}>
      <Shape className="h-lh w-4 shrink-0" aria-hidden="true" />
      <span className="min-w-0 self-baseline [overflow-wrap:anywhere]">{word}{isDown(container) && <NextStart {...container} />}</span>
    </span>
  )
}

function NextStart({ startRefusal, nextStartAt }: Seen) {
  if (nextStartAt === null) return startRefusal !== null && '. It is being tried again'
  return <>{startRefusal === null ? ' at ' : '. Next try at '}<Instant at={nextStartAt} show="time" /></>
}
