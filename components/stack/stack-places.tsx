import { HardDrive, OctagonX } from 'lucide-react'
import { Panel } from '#components/ui/panel.tsx'
import { formatBytes } from '#components/ui/bytes.ts'
import type { PlaceState } from '#lib/drivers/driver.ts'

/** Where databases can keep their data, and whether they can now. */
export function StackPlaces({ places }: { places: PlaceState[] }) {
  return (
    <Panel title="Places">
      <ul aria-label="Places" className="divide-y divide-line text-[0.93rem]">
        {places.map(({ place, trouble, freeMb, totalMb }) => {
          const Shape = trouble === null ? HardDrive : OctagonX
          return (
            <li key={place} className="flex flex-wrap items-baseline justify-between gap-x-6 gap-y-0.5 px-4 py-2">
              <span className="min-w-0 font-medium [overflow-wrap:anywhere]">{place}</span>
              <span className={`flex min-w-0 gap-1.5 ${trouble === null ? 'text-soft' : 'text-bad'}`}>
                <Shape className="mt-0.5 size-4 shrink-0" aria-hidden="true" />
                <span className="min-w-0 [overflow-wrap:anywhere]">{trouble ?? `${formatBytes(freeMb * 1024 ** 2)} free of ${formatBytes(totalMb * 1024 ** 2)}`}</span>
              </span>
            </li>
          )
        })}
      </ul>
    </Panel>
  )
}
