import type { Metadata } from 'next'
import { PeopleHead } from '#components/member/people-head.tsx'
import { CreateRoleDialog } from '#components/role/role-dialogs.tsx'
import { RoleMatrix } from '#components/role/role-matrix.tsx'
import { shown } from '#components/shell/shown.ts'
import { readRoles } from '#lib/role/queries.ts'
import { scopes } from '#lib/role/schema.ts'

export const metadata: Metadata = { title: 'Roles' }

export default async function RolesPage() {
  const [matrix, owner] = await shown(async (actor) => [await readRoles(actor), actor.owner] as const)
  return (
    <>
      <PeopleHead title="Roles" owner={owner} actions={<CreateRoleDialog />} />
      <RoleMatrix matrix={matrix} scopes={scopes} />
    </>
  )
}
