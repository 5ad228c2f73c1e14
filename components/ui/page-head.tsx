import Link from 'next/link'

type Props = {
  trail?: { href: string; name: string }[]
  kind?: string
  title: React.ReactNode
  actions?: React.ReactNode
  children?: React.ReactNode
}

export function PageHead({ trail = [], kind, title, actions, children }: Props) {
  return (
    <header className="flex flex-col gap-1 pb-3 pt-5">
      {trail.length > 0 && (
        <nav aria-label="Breadcrumb" className="text-[0.9rem] text-soft">
          <ol className="flex flex-wrap gap-x-1.5">
            {trail.map(({ href, name }) => (
              <li key={href} className="min-w-0 [overflow-wrap:anywhere] not-last:after:ml-1.5 not-last:after:content-['/']"><Link href={href} prefetch={false} className="hover:text-ink hover:underline">{name}</Link></li>
            ))}
          </ol>
        </nav>
      )}
      <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <h1 className="min-w-0 text-xl font-semibold tracking-tight [overflow-wrap:anywhere]">
          {kind && <span className="font-normal text-soft">{kind} </span>}
          {title}
        </h1>
        {actions && <div className="flex flex-wrap gap-2 max-sm:mb-1">{actions}</div>}
      </div>
      {children}
    </header>
  )
}
