'use client'

import clsx from 'clsx'
import Link from 'next/link'
import { usePathname } from 'next/navigation'
import { useCurrentInView } from '#components/ui/current-in-view.ts'

type Place = { href: string; name: string; under: RegExp; for?: 'owners' | 'admins' }

const places: Place[] = [
  { href: '/', name: 'Home', under: /^\/$/ },
  { href: '/activity', name: 'Activity', under: /^\/(activity|operations)/ },
  { href: '/environments', name: 'Environments', under: /^\/(environments|apps|endpoints)/ },
  { href: '/stacks', name: 'Stacks', under: /^\/stacks/, for: 'owners' },
  { href: '/members', name: 'Members', under: /^\/(members|roles)/, for: 'owners' },
  { href: '/roles', name: 'Roles', under: /^\/roles/, for: 'admins' },
]

export type Sees = { owner: boolean; admin: boolean }

/** Owners come to the roles by the members. */
export function NavLinks({ owner, admin }: Sees) {
  const shown = places.filter(({ for: whom }) => !whom || (whom === 'owners' ? owner : admin && !owner))
  const path = usePathname()
  // On a phone they have a row of their own; with large type not all of them may fit.
  const row = useCurrentInView()
  return (
    <nav ref={row} aria-label="Main" className="min-w-0 flex-1 overflow-x-auto max-sm:order-last max-sm:-mx-1.5 max-sm:basis-full">
      <ul className="flex gap-1 max-sm:gap-0.5">
        {shown.map(({ href, name, under }) => (
          <li key={href}>
            <Link
              href={href}
              aria-current={under.test(path) ? 'page' : undefined}
              className={clsx('block rounded-md px-2 py-1 text-[0.93rem] max-sm:px-1.5', under.test(path) ? 'bg-sunken font-medium text-ink' : 'text-soft hover:text-ink')}
            >
              {name}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  )
}
