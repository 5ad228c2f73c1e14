import { HardDrive, OctagonX } from 'lucide-react'
import { shown } from '#components/shell/shown.ts'
import { formatBytes } from '#components/ui/bytes.ts'
import { counted } from '#components/ui/counted.ts'
import { Panel } from '#components/ui/panel.tsx'
import type { PlaceState } from '#lib/drivers/volumes.ts'
import { megabyte } from '#lib/drivers/megabyte.ts'
import { countDatabasesByPlace } from '#lib/stack/queries.ts'

/** Where databases keep their data, and whether they can now. */
export async function StackPlaces({ stackId, places }: { stackId: number; places: PlaceState[] }) {
  const databases = await shown((actor) => countDatabasesByPlace(actor, stackId))
  return (
    <Panel title="Places">
      <ul aria-label="Places" className="divide-y divide-line text-[0.93rem]">
        {places.map(({ place, trouble, freeMb, totalMb }) => {
          const Shape = trouble === null ? HardDrive : OctagonX
          return (
            <li key={place} className="flex flex-wrap items-center justify-between gap-x-6 gap-y-0.5 px-4 py-2">
              <p className="min-w-0 [overflow-wrap:anywhere]"><span className="font-medium">{place}</span> <span className="text-soft">{counted(databases.get(place) ?? 0, 'database')}</span></p>
              <p className={`flex min-w-0 gap-1.5 ${trouble === null ? 'text-soft' : 'text-bad'}`}>
                <Shape className="mt-0.5 size-4 shrink-0" aria-hidden="true" />
                <span className="min-w-0 [overflow-wrap:anywhere]">{trouble ? `cannot be used: ${trouble}` : `${formatBytes(freeMb * megabyte)} free of ${formatBytes(totalMb * megabyte)}`}</span>
              </p>
            </li>
          )
        })}
      </ul>
    </Panel>
  )
}
