'use client'

import { Check, Copy } from 'lucide-react'
import { useState } from 'react'
import { Button } from '#components/ui/button.tsx'

/** The one time that a link can be seen: only its hash is kept. */
export function LinkShown({ link, children }: { link: string; children: React.ReactNode }) {
  const [copied, setCopied] = useState(false)
  const copy = async () => {
    await navigator.clipboard.writeText(link)
    setCopied(true)
  }
  return (
    <div className="flex flex-col gap-3">
      <div role="status" className="text-[0.93rem]">{children}</div>
      <div className="flex gap-2">
        <input readOnly value={link} aria-label="Link" onFocus={(event) => event.target.select()} className="input min-w-0 flex-1 font-mono text-[0.85rem]" />
        <Button look="main" onClick={copy}>
          {copied ? <Check className="size-4" aria-hidden="true" /> : <Copy className="size-4" aria-hidden="true" />} {copied ? 'Copied' : 'Copy'}
        </Button>
      </div>
    </div>
  )
}
