'use client'

import { useCallback, useEffect, useRef, useState } from 'react'

/** The newest row somebody had before them when they began to read: pointing at the list, in it by keyboard, or further down. */
export function useReading() {
  const list = useRef<HTMLDivElement>(null)
  /** Something new is offered: nothing moves until it is asked for. */
  const offered = useRef(false)
  const [reading, setReading] = useState<number | null>(null)
  /** To that row, once what came has been looked at: pointing at the list still, one reads it from there. */
  const goTo = useCallback((newest: number | null) => {
    window.scrollTo({ top: 0 })
    setReading(newest)
  }, [])
  useEffect(() => {
    const look = () => {
      const element = list.current
      if (!element || offered.current) return
      const within = element.matches(':hover') || element.contains(document.activeElement) || element.getBoundingClientRect().top < 0
      const first = Number(element.querySelector<HTMLElement>('[data-id]')?.dataset.id)
      setReading((before) => (within ? (before ?? (first || null)) : null))
    }
    // One may have been at it before the scripts were.
    look()
    const events = ['pointermove', 'focusin', 'focusout', 'scroll'] as const
    for (const event of events) document.addEventListener(event, look, { passive: true })
    return () => {
      for (const event of events) document.removeEventListener(event, look)
    }
  }, [])
  return { list, reading, goTo, offered }
}
