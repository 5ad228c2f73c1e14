type Props = { id?: string; title: string; aside?: React.ReactNode; children: React.ReactNode }

export function Section({ id, title, aside, children }: Props) {
  return (
    <section id={id} aria-label={title} className="flex min-w-0 scroll-mt-24 flex-col gap-2">
      <div className="flex items-baseline justify-between gap-4">
        <h2 className="font-semibold">{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  )
}
