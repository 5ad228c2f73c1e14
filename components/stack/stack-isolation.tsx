import { ShieldAlert, ShieldCheck } from 'lucide-react'
import { openDriver } from '#lib/drivers/index.ts'

type Props = { stack: { id: number; driver: string; settings: Record<string, unknown> } }

/** Whether apps on it are kept apart from each other and from Davit. */
export async function StackIsolation({ stack }: Props) {
  const driver = await openDriver(stack)
  const { isolated, summary } = await driver.describe()
  const Shape = isolated ? ShieldCheck : ShieldAlert
  return (
    <p className={`flex gap-2.5 rounded-lg px-4 py-3 ${isolated ? 'border border-line bg-surface' : 'bg-warn-wash'}`}>
      <Shape className={`mt-0.5 size-4 shrink-0 ${isolated ? 'text-ok' : 'text-warn'}`} aria-hidden="true" />
      <span>{summary}</span>
    </p>
  )
}
