'use client'

import clsx from 'clsx'
import Link from 'next/link'
import { useSyncExternalStore, type ComponentProps } from 'react'
import { type Needs, useLacking } from './needs.tsx'

type Look = 'main' | 'plain' | 'danger' | 'quiet'

const looks: Record<Look, string> = {
  main: 'bg-accent text-accent-ink hover:opacity-90',
  plain: 'border border-edge bg-surface text-ink hover:bg-sunken',
  danger: 'border border-bad text-bad bg-surface hover:bg-bad-wash',
  quiet: 'text-soft hover:bg-sunken hover:text-ink',
}

const shape = 'inline-flex min-h-8 items-center justify-center gap-1.5 whitespace-nowrap rounded-md px-3 py-1 text-[0.9rem] font-medium disabled:opacity-55'

const nothing = () => () => {}

/**
 * What the viewer may not do is shown all the same, disabled, and says what it `needs`. Until scripts are there no button can be
 * pressed: it would do nothing, or send its form by itself with all that was typed, passwords too, in the address.
 */
export function Button({ look = 'plain', needs, disabled, className, children, ...rest }: ComponentProps<'button'> & { look?: Look; needs?: Needs }) {
  const lacking = useLacking(needs)
  const alive = useSyncExternalStore(nothing, () => true, () => false)
  const off = disabled === true || lacking !== null
  return (
    <button type="button" className={clsx(shape, looks[lacking ? 'plain' : look], !alive && !off && 'disabled:opacity-100', className)} disabled={off || !alive} {...rest}>
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
