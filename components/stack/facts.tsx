/** What an engine says of itself. */
export function Facts({ facts }: { facts: { name: string; value: string }[] }) {
  return (
    <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1 text-[0.93rem] [&_dd]:[overflow-wrap:anywhere] [&_dt]:text-soft">
      {facts.map(({ name, value }) => <div key={name} className="contents"><dt>{name}</dt><dd>{value}</dd></div>)}
    </dl>
  )
}
