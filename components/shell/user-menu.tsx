'use client'

import { CircleUserRound, KeyRound, LogOut } from 'lucide-react'
import { signOut } from 'next-auth/react'
import { useEffect, useRef } from 'react'
import { Button, ButtonLink } from '#components/ui/button.tsx'
import { ThemeChoice } from './theme-choice.tsx'

export function UserMenu({ name, email, theme }: { name: string; email: string | null; theme: string }) {
  const menu = useRef<HTMLDetailsElement>(null)
  useEffect(() => {
    const close = (event: Event) => {
      const outside = event instanceof KeyboardEvent ? event.key === 'Escape' : !menu.current?.contains(event.target as Node)
      if (outside) menu.current?.removeAttribute('open')
    }
    document.addEventListener('pointerdown', close)
    document.addEventListener('keydown', close)
    return () => {
      document.removeEventListener('pointerdown', close)
      document.removeEventListener('keydown', close)
    }
  }, [])
  const leave = async () => {
    await signOut({ redirect: false })
    window.location.assign('/login')
  }
  return (
    <details ref={menu} className="relative">
      <summary className="flex items-center gap-1.5 rounded-md p-1.5 text-soft hover:bg-sunken hover:text-ink" aria-label={`Menu of ${name}`}>
        <CircleUserRound className="size-5" aria-hidden="true" />
        <span className="max-w-40 truncate text-[0.9rem] max-sm:hidden">{name}</span>
      </summary>
      <div className="absolute right-0 top-full z-30 mt-1 flex w-64 flex-col gap-3 rounded-lg border border-line bg-surface p-3 shadow-lg">
        <div className="min-w-0">
          <p className="truncate font-medium">{name}</p>
          <p className="truncate text-[0.9rem] text-soft">{email}</p>
        </div>
        <ThemeChoice chosen={theme} />
        <ButtonLink href="/account" onClick={() => menu.current?.removeAttribute('open')}><KeyRound className="size-4" aria-hidden="true" /> Your account</ButtonLink>
        <Button onClick={leave}><LogOut className="size-4" aria-hidden="true" /> Sign out</Button>
      </div>
    </details>
  )
}
