'use client'

import { Check, Copy } from 'lucide-react'
import { useState } from 'react'
import { Button } from './button.tsx'

/** Something to hand over, which nobody should have to type. */
export function CopyField({ value, label }: { value: string; label: string }) {
  const [copied, setCopied] = useState(false)
  const copy = async () => {
    await navigator.clipboard.writeText(value)
    setCopied(true)
  }
  return (
    <div className="flex gap-2">
      <input readOnly value={value} aria-label={label} onFocus={(event) => event.target.select()} className="input min-w-0 flex-1 font-mono text-[0.85rem]" />
      <Button look="main" onClick={copy}>
        {copied ? <Check className="size-4" aria-hidden="true" /> : <Copy className="size-4" aria-hidden="true" />} {copied ? 'Copied' : 'Copy'}
      </Button>
    </div>
  )
}
