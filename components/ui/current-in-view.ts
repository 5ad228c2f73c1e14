'use client'

import { usePathname } from 'next/navigation'
import { useEffect, useRef } from 'react'

/** For a row of places that may be wider than its window: the one that one is at is brought into view, and the page stays where its reader has scrolled to. */
export function useCurrentInView() {
  const row = useRef<HTMLElement>(null)
  const path = usePathname()
  useEffect(() => {
    const current = row.current?.querySelector('[aria-current]')
    if (!row.current || !current) return
    const { left, right } = current.getBoundingClientRect()
    const shown = row.current.getBoundingClientRect()
    if (left < shown.left || right > shown.right) row.current.scrollLeft += left - shown.left - (shown.width - (right - left)) / 2
  }, [path])
  return row
}
