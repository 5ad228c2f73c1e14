import Link from 'next/link'
import type { listSickDatabases } from '#lib/database/sick.ts'
import { DatabaseState } from './database-state.tsx'

type Sick = Awaited<ReturnType<typeof listSickDatabases>>[number]

/** One of the home page: it should serve, and does not. */
export function SickDatabase({ id, handle, environment, container }: Sick) {
  return (
    <div className="rounded-lg bg-bad-wash px-4 py-2">
      <p className="[overflow-wrap:anywhere]">The database <Link href={`/databases/${id}`} className="font-semibold hover:underline">{handle}</Link> in {environment}</p>
      <p className="text-[0.93rem] font-medium"><DatabaseState container={container} /></p>
    </div>
  )
}
