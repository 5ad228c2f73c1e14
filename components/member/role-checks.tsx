'use client'

import Link from 'next/link'
import { CheckField } from '#components/form/field.tsx'

type Role = { id: number; name: string }

/** What a member may do: everything, or what these roles add up to. */
export function RoleChecks({ roles, held = [], owner = false }: { roles: Role[]; held?: number[]; owner?: boolean }) {
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1 text-[0.9rem] font-medium">Roles</legend>
      {roles.length === 0 && <p className="text-[0.9rem] text-soft">There is no role yet: <Link href="/roles" className="link">make one</Link>. Without a role a member sees no environment.</p>}
      {roles.map(({ id, name }, index) => <CheckField key={id} name={`roles.${index}`} value={id} label={name} defaultChecked={held.includes(id)} />)}
      <CheckField name="owner" label="Owner" hint="May do everything everywhere, members and stacks included." defaultChecked={owner} />
    </fieldset>
  )
}
