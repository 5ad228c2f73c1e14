import { ActionForm } from '#components/form/action-form.tsx'
import { Submit } from '#components/form/submit.tsx'
import { Ago } from '#components/ui/ago.tsx'
import { Instant } from '#components/ui/instant.tsx'
import { List, ListRow } from '#components/ui/list-row.tsx'
import { Panel } from '#components/ui/panel.tsx'
import type { listInvitations, listMembers } from '#lib/member/queries.ts'
import { withdrawInvitation } from './actions.ts'

type Props = { members: Awaited<ReturnType<typeof listMembers>>; invitations: Awaited<ReturnType<typeof listInvitations>> }

export function MemberList({ members, invitations }: Props) {
  const now = new Date().toISOString()
  return (
    <div className="flex flex-col gap-5">
      <List label="Members">
        {members.map(({ id, name, email, owner, roles, deactivatedAt, lastSeenAt }) => (
          <ListRow key={id} href={`/members/${id}`} name={name} aside={lastSeenAt ? <>seen <Ago at={lastSeenAt.toISOString()} now={now} /></> : 'never signed in'}>
            <span className="[overflow-wrap:anywhere]">{email}</span> · {deactivatedAt ? 'deactivated' : owner ? 'owner' : roles.map((role) => role.name).join(', ') || 'no role: sees no environment'}
          </ListRow>
        ))}
      </List>
      {invitations.length > 0 && (
        <Panel title="Links not used yet">
          <ul aria-label="Links not used yet" className="divide-y divide-line">
            {invitations.map(({ id, kind, email, expiresAt, createdBy }) => (
              <li key={id} className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2 px-4 py-2.5">
                <div className="min-w-0">
                  <p className="[overflow-wrap:anywhere]">{email}</p>
                  <p className="text-[0.9rem] text-soft">{kind === 'invite' ? 'Invitation' : 'New password'}{createdBy && ` by ${createdBy}`}, until <Instant at={expiresAt.toISOString()} /></p>
                </div>
                <ActionForm action={withdrawInvitation} label={`Withdraw the link for ${email}`} className="items-end">
                  <input type="hidden" name="invitation" value={id} />
                  <Submit look="danger">Withdraw</Submit>
                </ActionForm>
              </li>
            ))}
          </ul>
        </Panel>
      )}
    </div>
  )
}
