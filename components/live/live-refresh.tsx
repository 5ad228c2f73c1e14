'use client'

import { useRouter } from 'next/navigation'
import { useEffect } from 'react'
import { openHints } from './hint-source.ts'

const refreshMs = 1000

/** Renders the page's server components again when something has changed; at most once a second. */
export function LiveRefresh() {
  const router = useRouter()
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | null = null
    const leave = openHints(({ kind }) => {
      if (kind === 'logs' || kind === 'activity' || kind === 'offline') return
      timer ??= setTimeout(() => {
        timer = null
        router.refresh()
      }, refreshMs)
    })
    return () => {
      leave()
      if (timer) clearTimeout(timer)
    }
  }, [router])
  return null
}
