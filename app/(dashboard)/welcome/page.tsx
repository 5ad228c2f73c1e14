import type { Metadata } from 'next'
import { LiveRefresh } from '#components/live/live-refresh.tsx'
import { shown } from '#components/shell/shown.ts'
import { PageHead } from '#components/ui/page-head.tsx'
import { Welcome } from '#components/account/welcome.tsx'
import { listEnvironments } from '#lib/environment/queries.ts'
import { listStacks } from '#lib/stack/queries.ts'

export const metadata: Metadata = { title: 'Welcome' }

export default async function WelcomePage() {
  const stack = (await shown(listStacks)).find(({ driver }) => driver === 'local')
  const environment = (await shown(listEnvironments)).find(({ stackDriver }) => stackDriver === 'local')
  return (
    <>
      <LiveRefresh />
      <PageHead title="Welcome to Davit"><p className="text-soft">Three things, and your first app serves.</p></PageHead>
      <Welcome stack={stack ? { id: stack.id, handle: stack.handle } : null} environment={environment ? { id: environment.id, handle: environment.handle } : null} />
    </>
  )
}
