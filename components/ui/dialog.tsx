'use client'

import { X } from 'lucide-react'
import { useId, useRef, useState } from 'react'
import { Button } from './button.tsx'
import type { Needs } from './needs.tsx'

type Props = {
  trigger: React.ReactNode
  look?: 'main' | 'plain' | 'danger' | 'quiet'
  disabled?: boolean
  needs?: Needs
  why?: string
  title: string
  /** Called when it opens, each time anew: a form in it begins empty. */
  children: (close: () => void) => React.ReactNode
}

/** The browser's own modal dialog: focus stays in it, Escape closes it, and it needs no style of a script's making. */
export function Dialog({ trigger, look, disabled, needs, why, title, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null)
  const [open, setOpen] = useState(false)
  const titleId = useId()
  const show = () => {
    setOpen(true)
    dialog.current?.showModal()
  }
  const close = () => dialog.current?.close()
  return (
    <>
      <Button look={look} onClick={show} disabled={disabled} needs={needs} title={why} aria-haspopup="dialog">{trigger}</Button>
      <dialog
        ref={dialog}
        aria-labelledby={titleId}
        onClose={() => setOpen(false)}
        className="m-auto max-h-[90dvh] w-[min(36rem,calc(100vw-2rem))] overflow-y-auto rounded-lg border border-line bg-surface p-0 text-left text-ink shadow-xl"
      >
        {open && (
          <div className="flex flex-col gap-4 p-5">
            <div className="flex items-start justify-between gap-4">
              <h2 id={titleId} className="min-w-0 text-lg font-semibold">{title}</h2>
              <Button look="quiet" onClick={close} aria-label="Close" className="-mr-2 -mt-1 px-2"><X className="size-4" aria-hidden="true" /></Button>
            </div>
            {children(close)}
          </div>
        )}
      </dialog>
    </>
  )
}
