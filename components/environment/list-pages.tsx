import { Pages } from '#components/ui/pages.tsx'
import type { After } from './after-of.ts'

type Props = { environmentId: number; list: keyof After; after: After; rows: { handle: string }[]; more: boolean }

/** Between the pages of one list; the other stays where it is. */
export function ListPages({ environmentId, list, after, rows, more }: Props) {
  const to = (handle: string | null, name: string) => {
    const given = Object.entries({ ...after, [list]: handle }).filter(([, value]) => value !== null) as [string, string][]
    return { href: `/environments/${environmentId}?${new URLSearchParams(given)}#${list}`, name }
  }
  const last = rows.at(-1)
  return <Pages label={`Pages of ${list}`} first={after[list] === null ? null : to(null, 'First')} next={more && last ? to(last.handle, 'Next') : null} />
}
