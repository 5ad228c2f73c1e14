'use client'

import { Check, Copy } from 'lucide-react'
import { useState } from 'react'

const shownChars = 12

/** Its beginning; the whole of it is copied, or selected where there is no clipboard (plain http beyond loopback). */
export function Seal({ seal }: { seal: string }) {
  const [said, setSaid] = useState<'short' | 'copied' | 'whole'>('short')
  const copy = async () => {
    const copied = await (navigator.clipboard?.writeText(seal) ?? Promise.reject(new Error('no clipboard'))).then(() => true, () => false)
    setSaid(copied ? 'copied' : 'whole')
    if (copied) setTimeout(() => setSaid('short'), 2000)
  }
  const Shape = said === 'copied' ? Check : Copy
  return (
    <span className="inline-flex min-w-0 flex-wrap items-center gap-1">
      seal <span className="select-all break-all font-mono text-ink" title={seal}>{said === 'whole' ? seal : seal.slice(0, shownChars)}</span>
      <button type="button" onClick={copy} className="inline-flex size-6 items-center justify-center rounded hover:bg-sunken hover:text-ink" aria-label="Copy the whole seal"><Shape className="size-3.5" aria-hidden="true" /></button>
      <span aria-live="polite" className="sr-only">{said === 'copied' && 'Copied'}</span>
    </span>
  )
}
