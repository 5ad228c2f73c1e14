import type { Metadata } from 'next'
import { Door } from '#components/account/door.tsx'
import { InvitationForm } from '#components/member/invitation-form.tsx'

export const metadata: Metadata = { title: 'Welcome' }
export const dynamic = 'force-dynamic'

export default function InvitationPage() {
  return (
    <Door title="You were given a link" lead="It lets you in once. Choose what you will sign in with from now on.">
      <InvitationForm />
    </Door>
  )
}
