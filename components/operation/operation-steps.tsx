'use client'

import clsx from 'clsx'
import { Circle, CircleCheck, CircleHelp, CircleMinus, CircleSlash, CircleX, Flag, LoaderCircle, Undo2 } from 'lucide-react'
import { Panel } from '#components/ui/panel.tsx'
import { Ticking } from '#components/ui/ticking.tsx'
import type { OperationView } from './read-operation.ts'

type Step = OperationView['steps'][number]

/** The plan, and how far it has come; while rolling back, each compensation beneath what it undoes. */
export function OperationSteps({ operation }: { operation: OperationView }) {
  const { plan, steps, now } = operation
  const cancelled = operation.reason === 'cancelled'
  const row = (index: number, direction: Step['direction']) => steps.find((step) => step.index === index && step.direction === direction)
  // While it rolls back, only what has begun is undone.
  const mayBeUndone = (index: number) => operation.finishedAt === null && !row(index, 'compensate') && (operation.status !== 'rolling_back' || row(index, 'run') !== undefined)
  return (
    <Panel title="Steps" aside={operation.trivial && <span className="text-[0.9rem] text-soft">nothing to roll back</span>}>
      <ol className="py-1.5 text-[0.93rem]">
        {plan.map((planned, index) => (
          <li key={index} ref={row(index, 'run')?.state === 'started' ? intoView : undefined} aria-current={row(index, 'run')?.state === 'started' ? 'step' : undefined}>
            {planned.pointOfNoReturn && (
              <p className="flex items-center gap-1.5 px-4 py-0.5 text-[0.85rem] text-warn"><Flag className="size-3.5" aria-hidden="true" /> point of no return</p>
            )}
            <StepRow name={planned.name} step={row(index, 'run')} now={now} cancelled={cancelled} undoes={mayBeUndone(index) ? planned.undoes : null} leaves={operation.finishedAt === null ? planned.leaves : undefined} skips={planned.skips} />
            {isShown(planned.undoes, row(index, 'compensate')) && <StepRow undo name={planned.undoes ?? planned.name} step={row(index, 'compensate')} now={now} />}
          </li>
        ))}
      </ol>
    </Panel>
  )
}

/** Where there was nothing to undo, only that it failed all the same is worth a line. */
const isShown = (undoes: string | null, undo: Step | undefined) => undo !== undefined && (undoes !== null || undo.error !== null)

/** Scrolls its own column only: the page stays where the reader left it. */
function intoView(step: HTMLLIElement | null) {
  const column = step?.closest('[role="region"]')
  if (!step || !column || column.scrollHeight <= column.clientHeight) return
  const { top, bottom } = step.getBoundingClientRect()
  const box = column.getBoundingClientRect()
  if (top < box.top || bottom > box.bottom) column.scrollTop += top - box.top - box.height / 2
}

const looks = {
  planned: { Shape: Circle, word: 'not begun', tone: 'text-edge' },
  started: { Shape: LoaderCircle, word: 'running', tone: 'text-accent' },
  succeeded: { Shape: CircleCheck, word: 'done', tone: 'text-ok' },
  failed: { Shape: CircleX, word: 'failed', tone: 'text-bad' },
  cancelled: { Shape: CircleSlash, word: 'cancelled', tone: 'text-soft' },
  skipped: { Shape: CircleMinus, word: 'nothing to do', tone: 'text-soft' },
  unknown: { Shape: CircleHelp, word: 'unknown, its runner died', tone: 'text-warn' },
}

type RowProps = { name: string; step: Step | undefined; now: string; cancelled?: boolean; undo?: boolean; undoes?: string | null; leaves?: string | undefined; skips?: string | undefined }

/** What was under way when somebody asked to cancel it has not failed. */
function lookOf(step: Step | undefined, skips: string | undefined, cancelled: boolean): keyof typeof looks {
  if (step?.state === 'succeeded' && skips) return 'skipped'
  if (step?.state === 'failed' && cancelled) return 'cancelled'
  return step?.state ?? 'planned'
}

function StepRow({ name, step, now, cancelled = false, undo = false, undoes, leaves, skips }: RowProps) {
  const look = lookOf(step, skips, cancelled)
  const { Shape, word, tone } = looks[look]
  const turning = step?.state === 'started' && 'animate-spin [animation-duration:2.500s] motion-reduce:animate-none'
  return (
    <div className={clsx('flex items-start gap-2.5 px-4 py-[3px] leading-snug', undo && 'pl-8 text-soft')}>
      <Shape className={clsx('mt-0.5 size-4 shrink-0', tone, turning)} aria-hidden="true" />
      <div className="min-w-0 flex-1">
        <p className={clsx('[overflow-wrap:anywhere]', !step && 'text-soft', step?.state === 'started' && 'font-medium')}>
          {undo && <Undo2 className="mr-1 inline size-3.5 align-[-2px]" aria-label="undo:" />}
          {name}{skips && <span className="font-normal text-soft">: {skips}</span>}
          <span className={look === 'cancelled' ? 'font-normal text-soft' : 'sr-only'}>, {word}</span>
          {step && step.attempt > 1 && <span className="font-normal text-soft"> (attempt {step.attempt})</span>}
        </p>
        {step?.state === 'started' && step.progress && <p className="text-soft [overflow-wrap:anywhere]">{step.progress}</p>}
        {undoes && !(step?.state === 'started' && step.progress) && <p className="text-[0.85rem] text-soft [overflow-wrap:anywhere]"><Undo2 className="mr-1 inline size-3 align-[-1px]" aria-hidden="true" />{undoes}</p>}
        {leaves && <p className="text-[0.85rem] text-warn [overflow-wrap:anywhere]">{leaves}</p>}
        {undo && step?.error && <p className="text-bad [overflow-wrap:anywhere]">{step.error}</p>}
      </div>
      {step && <span className="text-soft"><Ticking from={step.startedAt} to={step.finishedAt} now={now} /></span>}
    </div>
  )
}
