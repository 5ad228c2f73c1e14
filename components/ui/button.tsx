import clsx from 'clsx'
import Link from 'next/link'
import type { ComponentProps } from 'react'

type Look = 'main' | 'plain' | 'danger' | 'quiet'

const looks: Record<Look, string> = {
  main: 'bg-accent text-accent-ink hover:opacity-90',
  plain: 'border border-edge bg-surface text-ink hover:bg-sunken',
  danger: 'border border-bad text-bad bg-surface hover:bg-bad-wash',
  quiet: 'text-soft hover:bg-sunken hover:text-ink',
}

const shape = 'inline-flex min-h-8 items-center justify-center gap-1.5 whitespace-nowrap rounded-md px-3 py-1 text-[0.9rem] font-medium disabled:opacity-55'

export function Button({ look = 'plain', className, ...rest }: ComponentProps<'button'> & { look?: Look }) {
  return <button type="button" className={clsx(shape, looks[look], className)} {...rest} />
}

export function ButtonLink({ look = 'plain', className, ...rest }: ComponentProps<typeof Link> & { look?: Look }) {
  return <Link className={clsx(shape, looks[look], className)} {...rest} />
}
