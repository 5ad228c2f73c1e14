import { ButtonLink } from './button.tsx'

type Props = { href: string; /** Whether this is not the first page. */ paged: boolean; /** What the next page comes before; null: this is the last. */ before: number | null }

/** Between the pages of a list that begins with the newest. */
export function Older({ href, paged, before }: Props) {
  if (!paged && before === null) return null
  return (
    <nav aria-label="Pages" className="flex justify-between">
      {paged ? <ButtonLink href={href}>Newest</ButtonLink> : <span />}
      {before !== null && <ButtonLink href={`${href}?before=${before}`}>Older</ButtonLink>}
    </nav>
  )
}
