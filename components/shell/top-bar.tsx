import Link from 'next/link'
import { Mark } from './mark.tsx'
import { NavLinks, type Sees } from './nav-links.tsx'
import { UserMenu } from './user-menu.tsx'

type Props = { name: string; email: string | null; theme: string; sees: Sees }

export function TopBar({ name, email, theme, sees }: Props) {
  return (
    <header className="sticky top-0 z-20 border-b border-line bg-surface">
      <div className="mx-auto flex min-h-12 max-w-[1440px] flex-wrap items-center gap-x-4 px-4 max-sm:pb-1.5">
        <Link href="/" aria-label="Davit, home" className="flex items-center gap-2 font-semibold max-sm:flex-1 max-sm:py-2.5">
          <Mark className="size-5 text-accent" />
          <span>Davit</span>
        </Link>
        <NavLinks {...sees} />
        <UserMenu name={name} email={email} theme={theme} />
      </div>
    </header>
  )
}
