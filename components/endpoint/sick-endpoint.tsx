import Link from 'next/link'
import type { listSickEndpoints } from '#lib/endpoint/sick.ts'
import { ServingNotice } from './serving-notice.tsx'

type Sick = Awaited<ReturnType<typeof listSickEndpoints>>[number]

/** One of the home page: what is visited and does not serve. */
export function SickEndpoint({ id, url, app, environment, serving }: Sick) {
  return (
    <div className="rounded-lg bg-bad-wash px-4 py-2">
      <p className="[overflow-wrap:anywhere]">
        <Link href={`/endpoints/${id}`} className="link">{url}</Link> of <Link href={`/apps/${app.id}`} className="font-semibold hover:underline">{app.handle}</Link> in {environment}
      </p>
      <ServingNotice serving={serving} />
    </div>
  )
}
