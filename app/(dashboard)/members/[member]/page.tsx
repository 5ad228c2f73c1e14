import type { Metadata } from 'next'
import { ResetDialog } from '#components/member/invite-dialog.tsx'
import { MemberSettings } from '#components/member/member-settings.tsx'
import { shown } from '#components/shell/shown.ts'
import { PageHead } from '#components/ui/page-head.tsx'
import { idFrom } from '#lib/auth/route.ts'
import { sessionId } from '#lib/auth/session.ts'
import { findMember } from '#lib/member/queries.ts'
import { listRoles } from '#lib/role/queries.ts'

export const metadata: Metadata = { title: 'Member' }

type Props = { params: Promise<{ member: string }> }

export default async function MemberPage({ params }: Props) {
  const { member: id } = await params
  const [member, roles] = await shown(async (actor) => Promise.all([findMember(actor, idFrom(id)), listRoles(actor)]))
  const actions = member.deactivatedAt ? null : <ResetDialog id={member.id} name={member.name} />
  return (
    <>
      <PageHead trail={[{ href: '/members', name: 'Members' }]} kind="Member" title={member.name} actions={actions}><p className="pb-3 text-soft [overflow-wrap:anywhere]">{member.email}</p></PageHead>
      <MemberSettings member={member} roles={roles} own={await sessionId()} />
    </>
  )
}
