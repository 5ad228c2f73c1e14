import clsx from 'clsx'
import { OctagonX } from 'lucide-react'
import type { Serving } from '#lib/endpoint/serving.ts'

/** Says when those who come meet the maintenance page; nothing while a container answers, or while the router does not say. */
export function ServingNotice({ serving }: { serving: Serving | null }) {
  if (!serving || serving.healthy > 0) return null
  const { containers } = serving
  return (
    <p className={clsx('flex items-start gap-1.5 text-[0.93rem] font-medium', containers > 0 ? 'text-bad' : 'text-warn')}>
      <OctagonX className="mt-[3px] size-4 shrink-0" aria-hidden="true" />
      Serving its maintenance page: {containers === 0 ? 'there is no container' : containers === 1 ? 'its only container is not healthy' : `none of its ${containers} containers is healthy`}
    </p>
  )
}
