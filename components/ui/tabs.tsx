'use client'

import clsx from 'clsx'
import Link from 'next/link'
import { usePathname } from 'next/navigation'
import { useCurrentInView } from './current-in-view.ts'

type Props = { label: string; tabs: { href: string; name: string }[] }

/** Pages that look like tabs: each has its own address. */
export function Tabs({ label, tabs }: Props) {
  const path = usePathname()
  // On a phone not all of them fit.
  const row = useCurrentInView()
  return (
    <nav ref={row} aria-label={label} className="-mx-4 overflow-x-auto border-b border-line px-4">
      <ul className="flex gap-5">
        {tabs.map(({ href, name }) => (
          <li key={href}>
            <Link
              href={href}
              aria-current={path === href ? 'page' : undefined}
              className={clsx('-mb-px block whitespace-nowrap border-b-2 py-2 text-[0.95rem]', path === href ? 'border-accent font-medium text-ink' : 'border-transparent text-soft hover:text-ink')}
            >
              {name}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  )
}
