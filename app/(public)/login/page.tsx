import type { Metadata } from 'next'
import { redirect } from 'next/navigation'
import { Door } from '#components/account/door.tsx'
import { LoginForm } from '#components/account/login-form.tsx'
import { ownPath } from '#components/account/own-path.ts'
import { lookUpActor } from '#lib/auth/session.ts'
import { hasOwner } from '#lib/auth/sessions.ts'

export const metadata: Metadata = { title: 'Sign in' }

type Props = { searchParams: Promise<{ next?: string | string[] }> }

export default async function LoginPage({ searchParams }: Props) {
  const path = ownPath((await searchParams).next)
  if (!(await hasOwner())) redirect('/setup')
  if (await lookUpActor()) redirect(path)
  return (
    <Door title="Sign in" lead="To see and change what runs here.">
      <LoginForm next={path} />
    </Door>
  )
}
