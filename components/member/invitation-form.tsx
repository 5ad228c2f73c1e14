'use client'

import { signIn } from 'next-auth/react'
import { useRef, useSyncExternalStore } from 'react'
import { ActionForm } from '#components/form/action-form.tsx'
import { TextField } from '#components/form/field.tsx'
import { Submit } from '#components/form/submit.tsx'
import { acceptInvitation, resetPassword } from './actions.ts'

/** What stands behind the # never leaves the browser by itself: the form sends it in its body. */
function useFragment(): { kind: string; token: string } | null {
  const hash = useSyncExternalStore(onHash, () => window.location.hash, () => null)
  if (hash === null) return null
  const [kind = '', token = ''] = hash.slice(1).split('.')
  return { kind, token }
}

function onHash(changed: () => void) {
  window.addEventListener('hashchange', changed)
  return () => window.removeEventListener('hashchange', changed)
}

export function InvitationForm() {
  const link = useFragment()
  const fields = useRef<HTMLDivElement>(null)
  if (!link) return null
  if (!link.token || (link.kind !== 'invite' && link.kind !== 'reset')) {
    return <p role="alert" className="text-bad">This address lacks the part behind the #. Open the whole link that you were given, or ask an owner for a new one.</p>
  }
  const invited = link.kind === 'invite'
  const enter = async ({ email }: { email: string }) => {
    const password = fields.current?.querySelector<HTMLInputElement>('[name=password]')?.value ?? ''
    await signIn('credentials', { email, password, redirect: false })
    // Replaced, so that going back does not lead to a used link.
    window.location.replace('/')
  }
  return (
    <ActionForm action={invited ? acceptInvitation : resetPassword} onDone={enter} label={invited ? 'Come in' : 'New password'}>
      <input type="hidden" name="token" value={link.token} />
      <div ref={fields} className="flex flex-col gap-4">
        {invited && <TextField name="name" label="Your name" autoComplete="name" hint="Shown beside what you do." required autoFocus />}
        <TextField name="password" label={invited ? 'Password' : 'New password'} type="password" autoComplete="new-password" hint={invited ? 'At least 12 characters.' : 'At least 12 characters. All your sessions end.'} required />
      </div>
      <Submit>{invited ? 'Come in' : 'Set the password and sign in'}</Submit>
    </ActionForm>
  )
}
