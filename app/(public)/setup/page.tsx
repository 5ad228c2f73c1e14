import type { Metadata } from 'next'
import { redirect } from 'next/navigation'
import { Door } from '#components/account/door.tsx'
import { SetupForm } from '#components/account/setup-form.tsx'
import { hasOwner } from '#lib/auth/sessions.ts'

export const metadata: Metadata = { title: 'First visit' }
export const dynamic = 'force-dynamic'

export default async function SetupPage() {
  if (await hasOwner()) redirect('/login')
  return (
    <Door title="Create the owner" lead="The first account. It may do everything here.">
      <SetupForm />
    </Door>
  )
}
