import clsx from 'clsx'
import { CircleCheck, CircleDashed, CircleSlash, LoaderCircle, OctagonX, TriangleAlert, Undo2 } from 'lucide-react'

type Status = 'queued' | 'running' | 'rolling_back' | 'succeeded' | 'failed' | 'cancelled'
type Props = { status: Status; rollback: string | null; wordless?: boolean }

const looks = {
  queued: { Shape: CircleDashed, word: 'Queued', tone: 'text-soft' },
  running: { Shape: LoaderCircle, word: 'Running', tone: 'text-accent' },
  rolling_back: { Shape: Undo2, word: 'Rolling back', tone: 'text-warn' },
  succeeded: { Shape: CircleCheck, word: 'Succeeded', tone: 'text-ok' },
  failed: { Shape: OctagonX, word: 'Failed', tone: 'text-bad' },
  cancelled: { Shape: CircleSlash, word: 'Cancelled', tone: 'text-soft' },
}
const incomplete = { Shape: TriangleAlert, word: 'Not all put back', tone: 'text-bad' }

/** A word and a shape, so that the colour is never needed. */
export function Status({ status, rollback, wordless = false }: Props) {
  const { Shape, word, tone } = rollback === 'incomplete' ? incomplete : looks[status]
  return (
    <span className={clsx('inline-flex items-center gap-1.5 whitespace-nowrap font-medium', tone)}>
      <Shape className={clsx('size-4 shrink-0', status === 'running' && 'animate-spin [animation-duration:2.500s] motion-reduce:animate-none')} aria-hidden="true" />
      <span className={wordless ? 'sr-only' : undefined}>{word}</span>
    </span>
  )
}
