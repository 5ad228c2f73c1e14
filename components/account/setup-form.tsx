'use client'

import { signIn } from 'next-auth/react'
import { useRef } from 'react'
import { ActionForm } from '#components/form/action-form.tsx'
import { TextField } from '#components/form/field.tsx'
import { Submit } from '#components/form/submit.tsx'
import { setUp } from './actions.ts'

export function SetupForm() {
  const fields = useRef<HTMLDivElement>(null)
  const enter = async () => {
    const value = (name: string) => fields.current?.querySelector<HTMLInputElement>(`[name=${name}]`)?.value ?? ''
    await signIn('credentials', { email: value('email'), password: value('password'), redirect: false })
    // A whole page load, so that nothing rendered for nobody stays in the router's cache.
    window.location.assign('/welcome')
  }
  return (
    <ActionForm action={setUp} onDone={enter} label="Create the owner">
      <div ref={fields} className="flex flex-col gap-4">
        <TextField name="code" label="One-time code" hint="The start command printed it in the terminal." required mono autoFocus />
        <TextField name="name" label="Your name" autoComplete="name" required />
        <TextField name="email" label="E-mail" type="email" autoComplete="username" required />
        <TextField name="password" label="Password" type="password" autoComplete="new-password" hint="At least 12 characters." required />
      </div>
      <Submit>Create the owner</Submit>
    </ActionForm>
  )
}
