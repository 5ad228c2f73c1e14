import type { Metadata } from 'next'
import { AccountSettings } from '#components/member/account-settings.tsx'
import { shown } from '#components/shell/shown.ts'
import { PageHead } from '#components/ui/page-head.tsx'
import { sessionId } from '#lib/auth/session.ts'
import { readOwnAccount } from '#lib/member/queries.ts'

export const metadata: Metadata = { title: 'Your account' }

export default async function AccountPage() {
  const account = await shown(readOwnAccount)
  const roles = account.owner ? 'owner' : account.roles.map(({ name }) => name).join(', ') || 'no role yet'
  return (
    <>
      <PageHead title="Your account"><p className="pb-3 text-soft">{account.email} · {roles}</p></PageHead>
      <AccountSettings account={account} own={await sessionId()} />
    </>
  )
}
