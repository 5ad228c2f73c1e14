import clsx from 'clsx'
import { isDown } from '#components/service/state-of.ts'
import { shown } from '#components/shell/shown.ts'
import { formatUse } from '#components/ui/bytes.ts'
import type { DatabaseView } from '#lib/database/queries.ts'
import { readStatus } from '#lib/database/status.ts'
import { megabyte } from '#lib/drivers/megabyte.ts'
import { DatabaseState } from './database-state.tsx'

type Props = { database: DatabaseView }

/** What it says of itself at this moment. */
export async function DatabaseNow({ database }: Props) {
  const { server, volume } = await shown((actor) => readStatus(actor, database.id))
  const usedMb = volume?.usedMb ?? (server && server.usedBytes / megabyte)
  return (
    <Facts database={database}>
      <Fact name="Version">{server?.version ?? database.version}</Fact>
      <Fact name="Connections">{server ? <>{server.connections} <span className="text-soft">of {server.connectionsMost}</span></> : <span className="text-soft">it does not answer</span>}</Fact>
      <Fact name="Space">
        {usedMb === null ? <span className="text-soft">cannot be told now</span> : <Space usedMb={usedMb} ofMb={database.volumeMb} />}
      </Fact>
    </Facts>
  )
}

/** Until that is known. */
export function DatabaseNowLater({ database }: Props) {
  return <Facts database={database}><Fact name="Version">{database.version}</Fact><Fact name="Connections"><span className="text-soft">…</span></Fact><Fact name="Space"><span className="text-soft">…</span></Fact></Facts>
}

function Facts({ database, children }: Props & { children: React.ReactNode }) {
  return (
    <dl className="grid grid-cols-2 gap-x-6 gap-y-4 rounded-lg border border-line bg-surface px-4 py-3.5 sm:grid-cols-4">
      <Fact name="State" wide={database.container !== null && isDown(database.container)}><DatabaseState container={database.container} /></Fact>
      {children}
    </dl>
  )
}

function Fact({ name, wide = false, children }: { name: string; wide?: boolean; children: React.ReactNode }) {
  return <div className={clsx('min-w-0', wide && 'col-span-full')}><dt className="text-[0.85rem] text-soft">{name}</dt><dd className="text-[1.05rem] font-medium">{children}</dd></div>
}

function Space({ usedMb, ofMb }: { usedMb: number; ofMb: number }) {
  const { used, of } = formatUse(usedMb, ofMb)
  return <>{used} <span className="text-soft">of {of}</span><Share of={usedMb / ofMb} /></>
}

const full = 0.9

function Share({ of }: { of: number }) {
  return (
    <span className="mt-1.5 block h-1.5 overflow-hidden rounded-full bg-line" aria-hidden="true">
      <span className={`block h-full rounded-full ${of >= full ? 'bg-warn' : 'bg-accent'}`} style={{ width: `${Math.min(100, of * 100)}%` }} />
    </span>
  )
}
