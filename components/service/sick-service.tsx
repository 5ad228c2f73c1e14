import Link from 'next/link'
import type { listSickServices } from '#lib/service/sick.ts'
import { ContainerState } from './container-state.tsx'

type Sick = Awaited<ReturnType<typeof listSickServices>>[number]

/** One of the home page: it should run, and cannot be started. */
export function SickService({ app, service, environment, container }: Sick) {
  return (
    <div className="rounded-lg bg-bad-wash px-4 py-2">
      <p className="[overflow-wrap:anywhere]">The service {service} of <Link href={`/apps/${app.id}/containers`} className="font-semibold hover:underline">{app.handle}</Link> in {environment}</p>
      <p className="text-[0.93rem] font-medium"><ContainerState container={container} /></p>
    </div>
  )
}
