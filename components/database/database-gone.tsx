import { Gone } from '#components/ui/gone.tsx'

export function DatabaseGone({ id }: { id: number }) {
  const base = `/databases/${id}`
  return <Gone title="This database was deprovisioned." kept={[{ href: `${base}/backups`, name: 'Backups' }, { href: `${base}/activity`, name: 'Activity' }]} />
}
