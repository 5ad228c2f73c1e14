import type { Metadata } from 'next'
import { InviteDialog } from '#components/member/invite-dialog.tsx'
import { MemberList } from '#components/member/member-list.tsx'
import { PeopleHead } from '#components/member/people-head.tsx'
import { shown } from '#components/shell/shown.ts'
import { listInvitations, listMembers } from '#lib/member/queries.ts'
import { listRoles } from '#lib/role/queries.ts'

export const metadata: Metadata = { title: 'Members' }

export default async function MembersPage() {
  const [members, invitations, roles] = await shown((actor) => Promise.all([listMembers(actor), listInvitations(actor), listRoles(actor)]))
  return (
    <>
      <PeopleHead title="Members" owner actions={<InviteDialog roles={roles} />} />
      <MemberList members={members} invitations={invitations} />
    </>
  )
}
