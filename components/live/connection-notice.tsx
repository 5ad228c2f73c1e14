'use client'

import { Unplug } from 'lucide-react'
import { useEffect, useState } from 'react'
import { openHints } from './hint-source.ts'
import { isDbDown } from './is-db-down.ts'

/** A short break is no news: only after this is it said that the page stands still. */
const patienceMs = 4000

export function ConnectionNotice() {
  const [offline, setOffline] = useState(false)
  const dbIsDown = useDbIsDown(offline)
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const leave = openHints(({ kind }) => {
      if (kind === 'offline') timer ??= setTimeout(() => setOffline(true), patienceMs)
      else {
        clearTimeout(timer)
        timer = undefined
        setOffline(false)
      }
    })
    return () => {
      clearTimeout(timer)
      leave()
    }
  }, [])
  return (
    <div role="status" className="contents">
      {offline && (
        <p className="flex items-center justify-center gap-2 bg-warn-wash px-4 py-1.5 text-[0.9rem] text-warn">
          <Unplug className="size-4 shrink-0" aria-hidden="true" />
          <span>{dbIsDown ? 'The database of Davit does not answer' : 'Not connected to Davit'}: what you see may be old. It catches up by itself.</span>
        </p>
      )}
    </div>
  )
}

/** Asked once for each time the connection is lost: the web may be there and its db not. */
function useDbIsDown(offline: boolean) {
  const [down, setDown] = useState(false)
  useEffect(() => {
    if (!offline) return
    const left = new AbortController()
    void isDbDown(left.signal).then((now) => left.signal.aborted || setDown(now === true))
    return () => left.abort()
  }, [offline])
  return down
}
