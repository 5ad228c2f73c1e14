import { Mark } from '#components/shell/mark.tsx'

type Props = { title: string; lead: string; children: React.ReactNode }

/** The frame of what is seen before one is in. */
export function Door({ title, lead, children }: Props) {
  return (
    <main className="mx-auto flex min-h-dvh max-w-sm flex-col justify-center px-4 py-10">
      <p className="mb-8 flex items-center gap-2 text-lg font-semibold"><Mark className="size-6 text-accent" /> Davit</p>
      <h1 className="text-xl font-semibold">{title}</h1>
      <p className="mb-6 mt-1 text-soft">{lead}</p>
      {children}
    </main>
  )
}
