'use client'

import { ChevronDown, ChevronUp, Search } from 'lucide-react'
import { useEffect, useState } from 'react'
import { Button } from '#components/ui/button.tsx'

/** The server is asked once the typing has paused. */
const pauseMs = 250

type Props = {
  find: string
  onFind: (text: string) => void
  matches: { found: number[]; more: boolean; searching: boolean }
  /** -1 before one was gone to. */
  shown: number
  onShow: (match: number) => void
}

export function LogSearch({ find, onFind, matches, shown, onShow }: Props) {
  const [text, setText] = useState(find)
  const { found, more, searching } = matches
  useEffect(() => {
    const timer = setTimeout(() => text !== find && onFind(text), pauseMs)
    return () => clearTimeout(timer)
  }, [text, find, onFind])
  const move = (by: number) => found.length > 0 && onShow((Math.max(shown, by > 0 ? -1 : 0) + by + found.length) % found.length)
  const press = (event: React.KeyboardEvent) => {
    if (event.key === 'Enter') move(event.shiftKey ? -1 : 1)
    if (event.key === 'Escape') setText('')
  }
  return (
    <div className="flex min-w-0 flex-1 basis-56 items-center gap-1.5" role="search">
      <label className="flex min-w-32 flex-1 sm:max-w-72 items-center gap-1.5 rounded-md border border-edge px-2 py-0.5 text-[0.9rem] focus-within:outline-2 focus-within:outline-accent">
        <Search className="size-3.5 shrink-0 text-soft" aria-hidden="true" />
        <span className="sr-only">Search in the log</span>
        <input type="search" value={text} onChange={(event) => setText(event.target.value)} onKeyDown={press} placeholder="Search" maxLength={500} className="w-full min-w-0 bg-transparent outline-none placeholder:text-soft" />
      </label>
      {find !== '' && (
        <>
          <span role="status" className="whitespace-nowrap text-[0.85rem] text-soft">
            {searching ? 'searching …' : found.length === 0 ? 'no match' : `${shown < 0 ? '' : `${Math.min(shown + 1, found.length)} of `}${found.length.toLocaleString('en')}${more ? '+' : ''}${shown < 0 ? ' found' : ''}`}
          </span>
          <Button look="quiet" className="px-1" aria-label="Previous match" onClick={() => move(-1)}><ChevronUp className="size-4" aria-hidden="true" /></Button>
          <Button look="quiet" className="px-1" aria-label="Next match" onClick={() => move(1)}><ChevronDown className="size-4" aria-hidden="true" /></Button>
        </>
      )}
    </div>
  )
}
