type Props = { title: string; children?: React.ReactNode }

/** An empty screen says what to do next. */
export function Empty({ title, children }: Props) {
  return (
    <div className="rounded-lg border border-dashed border-edge px-6 py-10 text-center">
      <p className="font-medium">{title}</p>
      {children && <div className="mx-auto mt-1 flex max-w-prose flex-col items-center gap-3 text-soft">{children}</div>}
    </div>
  )
}
