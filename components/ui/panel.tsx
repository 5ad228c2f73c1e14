import clsx from 'clsx'

type Props = { title?: React.ReactNode; aside?: React.ReactNode; className?: string; children: React.ReactNode; level?: 2 | 3 }

export function Panel({ title, aside, className, children, level = 2 }: Props) {
  const Heading = `h${level}` as const
  return (
    <section className={clsx('min-w-0 rounded-lg border border-line bg-surface', className)}>
      {title && (
        <div className="flex flex-wrap items-center justify-between gap-2 border-b border-line px-4 py-2.5">
          <Heading className="font-semibold">{title}</Heading>
          {aside}
        </div>
      )}
      {children}
    </section>
  )
}
