'use client'

import { useState } from 'react'
import { ActionForm } from '#components/form/action-form.tsx'
import { TextField } from '#components/form/field.tsx'
import { Submit } from '#components/form/submit.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { inviteMember, offerReset } from './actions.ts'
import { LinkShown } from './link-shown.tsx'
import { RoleChecks } from './role-checks.tsx'

export function InviteDialog({ roles }: { roles: { id: number; name: string }[] }) {
  return (
    <Dialog trigger="Invite a member" look="main" needs="owner" title="Invite a member">
      {() => <InviteForm roles={roles} />}
    </Dialog>
  )
}

function InviteForm({ roles }: { roles: { id: number; name: string }[] }) {
  const [link, setLink] = useState<string | null>(null)
  if (link) return <LinkShown link={link}>Send them this link. It works once, for seven days, and is not shown again.</LinkShown>
  return (
    <ActionForm action={inviteMember} onDone={(made) => setLink(made.link)} label="Invite a member">
      <TextField name="email" label="E-mail" type="email" required autoFocus hint="With it they sign in. Davit sends no mail: you get a link to hand over." />
      <RoleChecks roles={roles} />
      <div><Submit>Make the link</Submit></div>
    </ActionForm>
  )
}

export function ResetDialog({ id, name }: { id: number; name: string }) {
  return (
    <Dialog trigger="New password by a link" needs="owner" title={`A new password for ${name}`}>
      {() => <ResetForm id={id} name={name} />}
    </Dialog>
  )
}

function ResetForm({ id, name }: { id: number; name: string }) {
  const [link, setLink] = useState<string | null>(null)
  if (link) return <LinkShown link={link}>Send {name} this link. It works once, for 24 hours, and is not shown again.</LinkShown>
  return (
    <ActionForm action={offerReset} onDone={(made) => setLink(made.link)} label="New password by a link">
      <input type="hidden" name="member" value={id} />
      <p>With the link they choose a new password, which ends all their sessions. The old one goes on working until then.</p>
      <div><Submit>Make the link</Submit></div>
    </ActionForm>
  )
}
