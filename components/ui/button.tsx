'use client'

import clsx from 'clsx'
import Link from 'next/link'
import type { ComponentProps } from 'react'
import { type Needs, useLacking } from './needs.tsx'

type Look = 'main' | 'plain' | 'danger' | 'quiet'

const looks: Record<Look, string> = {
  main: 'bg-accent text-accent-ink hover:opacity-90',
  plain: 'border border-edge bg-surface text-ink hover:bg-sunken',
  danger: 'border border-bad text-bad bg-surface hover:bg-bad-wash',
  quiet: 'text-soft hover:bg-sunken hover:text-ink',
}

const shape = 'inline-flex min-h-8 items-center justify-center gap-1.5 whitespace-nowrap rounded-md px-3 py-1 text-[0.9rem] font-medium disabled:opacity-55'

/** What the viewer may not do is shown all the same, disabled, and says what it `needs`. */
export function Button({ look = 'plain', needs, disabled, className, children, ...rest }: ComponentProps<'button'> & { look?: Look; needs?: Needs }) {
  const lacking = useLacking(needs)
  return (
    <button type="button" className={clsx(shape, looks[lacking ? 'plain' : look], className)} disabled={disabled || lacking !== null} {...rest}>
      {children}
      <Lacking what={lacking} />
    </button>
  )
}

export function ButtonLink({ look = 'plain', needs, className, ...rest }: ComponentProps<typeof Link> & { look?: Look; needs?: Needs }) {
  const lacking = useLacking(needs)
  // A link cannot be disabled.
  if (lacking) return <button type="button" disabled className={clsx(shape, looks.plain, className)}>{rest.children}<Lacking what={lacking} /></button>
  return <Link className={clsx(shape, looks[look], className)} {...rest} />
}

function Lacking({ what }: { what: string | null }) {
  return what && <span className="font-normal"> ({what})</span>
}
