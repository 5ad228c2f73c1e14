import Link from 'next/link'
import { Empty } from './empty.tsx'

type Props = { title: string; kept: { href: string; name: string }[] }

/** In place of a form, for what is no longer there. */
export function Gone({ title, kept }: Props) {
  return (
    <Empty title={title}>
      There is nothing left to change. What happened is kept:
      <span className="flex flex-wrap justify-center gap-x-4">{kept.map(({ href, name }) => <Link key={href} href={href} className="link">{name}</Link>)}</span>
    </Empty>
  )
}
