'use client'

import { useEffect, useRef, useState } from 'react'
import { formatBytes } from '#components/ui/bytes.ts'
import { LogLines } from './log-lines.tsx'
import { LogSearch } from './log-search.tsx'
import { LogTools } from './log-tools.tsx'
import { useLogEnd, useLogSearch } from './use-log.ts'

const notShown = -1

type Props = { operationId: number; ended: boolean; bytes: number }

export function LogViewer({ operationId, ended, bytes }: Props) {
  const end = useLogEnd(operationId, ended)
  const [follow, setFollow] = useState(true)
  const [wrap, setWrap] = useState(false)
  // On a phone a line that is not wrapped shows only how it begins.
  useEffect(() => setWrap(window.matchMedia('(max-width: 40rem)').matches), [])
  const [line, setLine] = useLinkedLine(() => setFollow(false))
  const [find, setFind] = useState('')
  const search = useLogSearch(operationId, find, ended)
  const [shownMatch, setShownMatch] = useState(notShown)
  const asked = useRef(false)

  const show = (match: number) => {
    const seq = search.found[match]
    if (seq === undefined) return
    setShownMatch(match)
    setFollow(false)
    setLine(seq)
  }
  const look = (text: string) => {
    asked.current = text !== ''
    setFind(text)
    setShownMatch(notShown)
  }
  // Once for each text: what is found later, in lines that were added, takes nobody away from where they read.
  useEffect(() => {
    if (!asked.current || !search.answered) return
    asked.current = false
    show(0)
  })

  return (
    <section aria-label="Log" className="flex h-[70dvh] min-w-0 flex-col overflow-hidden rounded-lg border border-line bg-surface lg:h-auto">
      <div className="flex flex-wrap items-center gap-x-2 gap-y-1.5 border-b border-line px-3 py-1.5">
        <LogSearch find={find} onFind={look} matches={search} shown={shownMatch} onShow={show} />
        <LogTools {...{ operationId, end: end ?? 0, ended, follow, wrap }} onFollow={setFollow} onWrap={setWrap} />
      </div>
      {end === 0 ? (
        <p className="flex flex-1 items-center justify-center p-6 text-soft">{ended ? 'It wrote no log.' : 'No line has been written yet.'}</p>
      ) : (
        <LogLines {...{ operationId, end: end ?? 0, follow, wrap, find, line }} onScrolledUp={() => setFollow(false)} onLine={setLine} />
      )}
      <p className="border-t border-line px-3 py-1 text-[0.82rem] text-soft">
        {end === null ? 'Reading the log …' : end === 1 ? '1 line' : `${end.toLocaleString('en')} lines`}{bytes > 0 && `, ${formatBytes(bytes)}`}{!ended && (follow ? ', following' : ', paused')}
      </p>
    </section>
  )
}

/** The line that the address names, as in #L123. */
function useLinkedLine(onLinked: () => void) {
  const [line, setLine] = useState<number | null>(null)
  useEffect(() => {
    const read = () => {
      const seq = /^#L(\d{1,12})$/.exec(window.location.hash)?.[1]
      if (!seq) return
      setLine(Number(seq))
      onLinked()
    }
    read()
    window.addEventListener('hashchange', read)
    return () => window.removeEventListener('hashchange', read)
  }, [])
  const choose = (seq: number) => {
    setLine(seq)
    window.history.replaceState(window.history.state, '', `#L${seq}`)
  }
  return [line, choose] as const
}
