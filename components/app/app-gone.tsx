import { Gone } from '#components/ui/gone.tsx'

export function AppGone({ id }: { id: number }) {
  return <Gone title="This app was deprovisioned." kept={[{ href: `/apps/${id}/activity`, name: 'Activity' }]} />
}
