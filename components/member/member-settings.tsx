import { ActionForm } from '#components/form/action-form.tsx'
import { Submit } from '#components/form/submit.tsx'
import { Panel } from '#components/ui/panel.tsx'
import type { findMember } from '#lib/member/queries.ts'
import { activateMember, changeMember, deactivateMember } from './actions.ts'
import { RoleChecks } from './role-checks.tsx'
import { SessionList } from './session-list.tsx'

type Props = { member: Awaited<ReturnType<typeof findMember>>; roles: { id: number; name: string }[]; own: string | null }

export function MemberSettings({ member, roles, own }: Props) {
  const { id, name, owner, deactivatedAt, sessions } = member
  const held = member.roles.map((role) => role.id)
  return (
    <div className="grid items-start gap-5 lg:grid-cols-2">
      <Panel title="What they may do">
        <ActionForm key={`${owner} ${held}`} action={changeMember} label="What they may do" className="p-4">
          <input type="hidden" name="member" value={id} />
          <RoleChecks roles={roles} held={held} owner={owner} />
          <div><Submit>Save</Submit></div>
        </ActionForm>
      </Panel>
      <div className="flex min-w-0 flex-col gap-5">
        <Panel title="Sessions"><SessionList sessions={sessions} own={own} now={new Date().toISOString()} /></Panel>
        <Panel title={deactivatedAt ? 'Activate' : 'Deactivate'}>
          {deactivatedAt ? (
            <ActionForm action={activateMember} label="Activate the member" className="p-4">
              <input type="hidden" name="member" value={id} />
              <p>{name} cannot sign in. Active again, they have the roles that are ticked here.</p>
              <div><Submit>Activate the member</Submit></div>
            </ActionForm>
          ) : (
            <ActionForm action={deactivateMember} label="Deactivate the member" className="p-4">
              <input type="hidden" name="member" value={id} />
              <p>All their sessions end at once, and they cannot sign in. What they did keeps their name.</p>
              <div><Submit look="danger">Deactivate the member</Submit></div>
            </ActionForm>
          )}
        </Panel>
      </div>
    </div>
  )
}
