import { ButtonLink } from './button.tsx'

interface Page {
  href: string
  name: string
}

/** The way between the pages of a list; nothing where it has one only. */
export function Pages({ label = 'Pages', first, next }: { label?: string; /** Null: this is the first. */ first: Page | null; /** Null: this is the last. */ next: Page | null }) {
  if (!first && !next) return null
  return (
    <nav aria-label={label} className="flex justify-between">
      {first ? <ButtonLink href={first.href}>{first.name}</ButtonLink> : <span />}
      {next && <ButtonLink href={next.href}>{next.name}</ButtonLink>}
    </nav>
  )
}
