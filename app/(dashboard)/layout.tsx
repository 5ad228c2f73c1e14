import { cookies } from 'next/headers'
import { ConnectionNotice } from '#components/live/connection-notice.tsx'
import { LiveProvider } from '#components/live/live-provider.tsx'
import { Access } from '#components/shell/access.tsx'
import { leadIn } from '#components/shell/lead-in.ts'
import { TopBar } from '#components/shell/top-bar.tsx'
import { lookUpActor } from '#lib/auth/session.ts'
import { administered } from '#lib/role/queries.ts'

export default async function DashboardLayout({ children }: { children: React.ReactNode }) {
  const actor = await lookUpActor()
  if (!actor) return leadIn()
  const sees = { owner: actor.owner, admin: administered(actor).length > 0 }
  const theme = (await cookies()).get('davit.theme')?.value ?? 'system'
  return (
    <LiveProvider>
      <a href="#content" className="sr-only focus:not-sr-only focus:absolute focus:z-40 focus:bg-surface focus:p-3">Skip to the content</a>
      <TopBar name={actor.name} email={actor.email} theme={theme} sees={sees} />
      <ConnectionNotice />
      <main id="content" className="mx-auto max-w-[1440px] px-4 pb-12"><Access environment={null}>{children}</Access></main>
    </LiveProvider>
  )
}
