import Link from 'next/link'
import { Status } from '#components/operation/status.tsx'
import type { Cells, Outcome } from './use-report.ts'
import { textOf } from './words.ts'

const instants = new Set(['queued_at', 'started_at', 'finished_at', 'cancel_requested_at'])
/** Shown already, as the link and the status before them. */
const leading = new Set(['operation_id', 'status', 'rollback'])

/** All columns, as the CSV has them; it scrolls sideways. */
export function ReportTable({ name, rows }: { name: string; rows: Cells[] }) {
  const columns = Object.keys(rows[0] ?? {}).filter((column) => !leading.has(column))
  return (
    <div role="region" aria-label={`Rows of ${name}`} tabIndex={0} className="max-h-[60dvh] overflow-auto rounded-md border border-line">
      <table className="w-full border-collapse text-left text-[0.85rem]">
        <thead className="sticky top-0 bg-sunken">
          <tr>
            {['operation_id', 'status', ...columns].map((column) => <th key={column} scope="col" className="whitespace-nowrap border-b border-line px-2.5 py-1.5 font-medium">{column}</th>)}
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {rows.map((row) => (
            <tr key={row.operation_id}>
              <td className="px-2.5 py-1.5"><Link className="link" prefetch={false} href={`/operations/${row.operation_id}`}>{row.operation_id}</Link></td>
              <td className="px-2.5 py-1.5"><Status status={row.status as Outcome} rollback={row.rollback || null} /></td>
              {columns.map((column) => <td key={column} className="max-w-72 truncate whitespace-nowrap px-2.5 py-1.5" title={row[column]}>{instants.has(column) ? shortInstant(row[column]!) : textOf(row[column]!)}</td>)}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** As the CSV has it, in UTC, to the second. */
const shortInstant = (text: string) => (text ? `${text.slice(0, 10)} ${text.slice(11, 19)}` : '')
