import Link from 'next/link'
import { Mark } from './mark.tsx'
import { NavLinks, type Sees } from './nav-links.tsx'
import { UserMenu } from './user-menu.tsx'

type Props = { name: string; email: string | null; theme: string; sees: Sees }

export function TopBar({ name, email, theme, sees }: Props) {
  return (
    <header className="sticky top-0 z-20 border-b border-line bg-surface">
      <div className="mx-auto flex h-12 max-w-[1440px] items-center gap-4 px-4">
        <Link href="/" aria-label="Davit, home" className="flex items-center gap-2 font-semibold">
          <Mark className="size-5 text-accent" />
          <span className="max-sm:hidden">Davit</span>
        </Link>
        <NavLinks {...sees} />
        <UserMenu name={name} email={email} theme={theme} />
      </div>
    </header>
  )
}
