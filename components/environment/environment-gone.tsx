import { Gone } from '#components/ui/gone.tsx'

export function EnvironmentGone({ id, made }: { id: number; made: boolean }) {
  const base = `/environments/${id}`
  return <Gone title={made ? 'This environment was deprovisioned.' : 'This environment never came to be.'} kept={[{ href: `${base}/activity`, name: 'Activity' }, { href: `${base}/reports`, name: 'Activity Reports' }]} />
}
