import { redirect } from 'next/navigation'
import { Home } from '#components/activity/home.tsx'
import { readHome } from '#components/activity/read-home.ts'
import { TrustNotice } from '#components/container/trust-notice.tsx'
import { shown } from '#components/shell/shown.ts'
import { Empty } from '#components/ui/empty.tsx'
import { PageHead } from '#components/ui/page-head.tsx'
import { listEnvironments } from '#lib/environment/queries.ts'

export default async function HomePage() {
  const environments = await shown(listEnvironments)
  const home = await shown(readHome)
  const owner = await shown(async (actor) => actor.owner)
  if (owner && environments.length === 0 && home.ended.length + home.wrong.length < 2) redirect('/welcome')
  return (
    <>
      <PageHead title="What is going on" />
      <TrustNotice />
      {environments.length === 0 && !owner && <div className="pb-7"><Empty title="You may not see any environment yet.">An owner can give you a role in one.</Empty></div>}
      <Home first={home} />
    </>
  )
}
