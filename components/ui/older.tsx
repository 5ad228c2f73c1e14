import { Pages } from './pages.tsx'

type Props = { href: string; /** Whether this is not the first page. */ paged: boolean; /** What the next page comes before; null: this is the last. */ before: number | null }

/** Between the pages of a list that begins with the newest. */
export function Older({ href, paged, before }: Props) {
  return <Pages first={paged ? { href, name: 'Newest' } : null} next={before === null ? null : { href: `${href}?before=${before}`, name: 'Older' }} />
}
