'use client'

import Anser from 'anser'
import { ArrowDownToLine, Check, Copy, Pause, WrapText } from 'lucide-react'
import { useState } from 'react'
import { Button } from '#components/ui/button.tsx'
import { readJson } from '#components/live/read-json.ts'
import type { LogPage } from '#lib/runner/log-queries.ts'

/** More does not belong onto a clipboard; the download has it all. */
const copiedLinesMax = 5000
const pageLines = 1000

type Props = {
  operationId: number
  end: number
  ended: boolean
  follow: boolean
  wrap: boolean
  onFollow: (follow: boolean) => void
  onWrap: (wrap: boolean) => void
}

export function LogTools({ operationId, end, ended, follow, wrap, onFollow, onWrap }: Props) {
  const following = follow && !ended
  return (
    <div className="flex items-center">
      <Button look="quiet" className="px-2" onClick={() => onFollow(!follow)} aria-pressed={follow}>
        {following ? <Pause className="size-4" aria-hidden="true" /> : <ArrowDownToLine className="size-4" aria-hidden="true" />}
        {following ? 'Pause' : ended ? 'End' : 'Follow'}
      </Button>
      <Button look="quiet" className="px-2" onClick={() => onWrap(!wrap)} aria-pressed={wrap}>
        <WrapText className={wrap ? 'size-4 text-accent' : 'size-4'} aria-hidden="true" /> Wrap
      </Button>
      <CopyLog operationId={operationId} end={end} />
    </div>
  )
}

function CopyLog({ operationId, end }: { operationId: number; end: number }) {
  const [said, setSaid] = useState<'Copy' | 'Copied' | 'Not copied'>('Copy')
  const copy = async () => {
    setSaid(await writeToClipboard(await readLast(operationId, end)).then(() => 'Copied' as const, () => 'Not copied' as const))
    setTimeout(() => setSaid('Copy'), 2000)
  }
  return (
    <Button look="quiet" className="px-2" onClick={copy} title={end > copiedLinesMax ? `The last ${copiedLinesMax.toLocaleString('en')} lines` : undefined}>
      {said === 'Copied' ? <Check className="size-4" aria-hidden="true" /> : <Copy className="size-4" aria-hidden="true" />}
      <span aria-live="polite">{said}</span>
    </Button>
  )
}

async function readLast(operationId: number, end: number): Promise<string> {
  const lines: string[] = []
  for (let after = Math.max(0, end - copiedLinesMax); after < end; after += pageLines) {
    const page = await readJson<LogPage>(`/api/operations/${operationId}/log?after=${after}&limit=${pageLines}`, new AbortController().signal)
    lines.push(...page.lines.map(({ text }) => Anser.ansiToText(text)))
  }
  return lines.join('\n')
}

/** The clipboard API is absent on plain http beyond loopback; a selected text can be copied there. */
async function writeToClipboard(text: string) {
  if (navigator.clipboard) return await navigator.clipboard.writeText(text)
  const area = document.createElement('textarea')
  area.value = text
  document.body.append(area)
  area.select()
  const copied = document.execCommand('copy')
  area.remove()
  if (!copied) throw new Error('the browser does not let text be copied')
}
