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
    let first = true
    const leave = openHints(({ kind }) => {
      if (kind === 'logs' || kind === 'offline') return
      // The first word is that the stream is open: the page is as fresh as that already.
      if (kind === 'everything' && first) return void (first = false)
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
