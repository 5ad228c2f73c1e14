'use client'

import { signIn } from 'next-auth/react'
import { ActionForm } from '#components/form/action-form.tsx'
import { TextField } from '#components/form/field.tsx'
import { Submit } from '#components/form/submit.tsx'
import type { Result } from '#lib/action.ts'

/** `next` is a path of ours; the page has checked it. */
export function LoginForm({ next }: { next: string }) {
  const enter = async (form: FormData): Promise<Result> => {
    const answer = await signIn('credentials', { email: form.get('email'), password: form.get('password'), redirect: false })
    if (answer?.ok) return { ok: true, value: null }
    const error = answer?.error === 'CredentialsSignin' ? 'E-mail and password do not belong together.' : (answer?.error ?? 'Davit does not answer.')
    return { ok: false, error, fields: {} }
  }
  return (
    <ActionForm action={enter} onDone={() => window.location.assign(next)} label="Sign in">
      <TextField name="email" label="E-mail" type="email" autoComplete="username" required autoFocus />
      <TextField name="password" label="Password" type="password" autoComplete="current-password" required />
      <Submit>Sign in</Submit>
    </ActionForm>
  )
}
