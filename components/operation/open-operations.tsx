import Link from 'next/link'
import type { OpenOperation } from '#lib/activity/open-operations.ts'
import { Status } from './status.tsx'

/** What is under way on a resource, beneath its title. */
export function OpenOperations({ operations }: { operations: OpenOperation[] }) {
  return operations.map(({ id, title, status, rollback }) => (
    <p key={id} className="flex flex-wrap items-center gap-x-3 text-[0.93rem]">
      <Status status={status} rollback={rollback} />
      <Link href={`/operations/${id}`} className="link">{title}</Link>
    </p>
  ))
}
