import { OctagonX, ShieldAlert, ShieldCheck } from 'lucide-react'
import type { DriverDescription } from '#lib/drivers/driver.ts'
import type { PlaceState } from '#lib/drivers/volumes.ts'
import { openDriver } from '#lib/drivers/index.ts'
import { Refusal } from '#lib/refusal.ts'
import { Facts } from './facts.tsx'
import { StackPlaces } from './stack-places.tsx'

type Props = { stack: { id: number; driver: string; settings: Record<string, unknown> } }

/** What there is to say of where its apps run: whether they are kept apart, what the engine says of itself, its places, or that it does not answer. */
export async function StackEngine({ stack }: Props) {
  const found = await describe(stack)
  if (typeof found === 'string') {
    return (
      <p role="alert" className="flex gap-2.5 rounded-lg bg-bad-wash px-4 py-3 text-bad">
        <OctagonX className="mt-0.5 size-4 shrink-0" aria-hidden="true" />
        <span className="min-w-0 [overflow-wrap:anywhere]">{found}</span>
      </p>
    )
  }
  const { isolated, summary, facts, places } = found
  const Shape = isolated ? ShieldCheck : ShieldAlert
  return (
    <>
      <div className={`flex gap-2.5 rounded-lg px-4 py-3 ${isolated ? 'border border-line bg-surface' : 'bg-warn-wash'}`}>
        <Shape className={`mt-0.5 size-4 shrink-0 ${isolated ? 'text-ok' : 'text-warn'}`} aria-hidden="true" />
        <div className="flex min-w-0 flex-col gap-2"><p>{summary}</p>{facts && <Facts facts={facts} />}</div>
      </div>
      {places && <StackPlaces stackId={stack.id} places={places} />}
    </>
  )
}

async function describe(stack: Props['stack']): Promise<(DriverDescription & { places: PlaceState[] | undefined }) | string> {
  try {
    const driver = await openDriver(stack)
    const [description, places] = await Promise.all([driver.describe(), driver.volumes?.places()])
    return { ...description, places }
  } catch (error) {
    if (error instanceof Refusal) return error.message
    throw error
  }
}
