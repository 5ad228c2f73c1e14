'use client'

import { useState } from 'react'
import { counted } from '#components/ui/counted.ts'
import { Empty } from '#components/ui/empty.tsx'
import { Panel } from '#components/ui/panel.tsx'
import type { RoleMatrix as Matrix } from '#lib/role/queries.ts'
import { RemoveRoleDialog, RenameRoleDialog } from './role-dialogs.tsx'
import { ScopeRow } from './scope-row.tsx'

type Scopes = readonly { scope: string; permits: string }[]
type Role = Matrix['roles'][number]

/** With more environments than this, those in which a role holds nothing are chosen from a list. */
const rowsMax = 12

export function RoleMatrix({ matrix, scopes }: { matrix: Matrix; scopes: Scopes }) {
  const { roles, environments } = matrix
  return (
    <div className="grid items-start gap-5 lg:grid-cols-[minmax(0,1fr)_20rem]">
      <div className="flex min-w-0 flex-col gap-5">
        {matrix.partly && <p className="text-[0.9rem] text-soft">These roles hold something in an environment you administer. An owner can bring in others.</p>}
        {roles.length === 0 && <Empty title="There is no role yet.">A role says what its members may do in which environments: developers, for example, may deploy in staging and read in production.</Empty>}
        {environments.length === 0 && roles.length > 0 && <Empty title="There is no environment yet.">What a role may do is said for each environment.</Empty>}
        {roles.map((role) => <RolePanel key={role.id} role={role} environments={environments} scopes={scopes} partly={matrix.partly} />)}
      </div>
      <Panel title="What the scopes permit">
        <dl className="flex flex-col gap-2 p-4 text-[0.9rem]">
          {scopes.map(({ scope, permits }) => <div key={scope}><dt className="font-medium">{scope}</dt><dd className="text-soft">{permits}</dd></div>)}
        </dl>
        <p className="border-t border-line px-4 py-3 text-[0.9rem] text-soft">With any of them an environment is seen to exist; without one it does not exist for that member.</p>
      </Panel>
    </div>
  )
}

function RolePanel({ role, environments, scopes, partly }: { role: Role; environments: Matrix['environments']; scopes: Scopes; partly: boolean }) {
  const [added, setAdded] = useState<number[]>([])
  const few = environments.length <= rowsMax
  const rows = role.held.filter(({ environment, scopes: held }) => few || held.length > 0 || added.includes(environment))
  // What holds nothing that an admin sees is shown to owners only.
  const isOnly = (of: number) => partly && role.held.every(({ environment, scopes: held }) => environment === of || held.length === 0)
  const others = environments.filter(({ id }) => !rows.some(({ environment }) => environment === id))
  const aside = (
    <span className="flex items-center">
      {role.members !== null && <span className="mr-2 text-[0.9rem] text-soft">{counted(role.members, 'member')}</span>}
      <RenameRoleDialog role={role} />
      <RemoveRoleDialog role={role} />
    </span>
  )
  return (
    <Panel title={role.name} aside={aside}>
      <ul aria-label={`What ${role.name} may do`} className="divide-y divide-line">
        {rows.map(({ environment, scopes: held }) => (
          <ScopeRow key={`${environment} ${held.toSorted()}`} role={role} environment={{ id: environment, handle: environments.find(({ id }) => id === environment)?.handle ?? '' }} held={held} scopes={scopes.map(({ scope }) => scope)} only={isOnly(environment)} />
        ))}
      </ul>
      {others.length > 0 && (
        <div className="border-t border-line px-4 py-2.5">
          <select aria-label={`Another environment for ${role.name}`} value="" onChange={(event) => setAdded([...added, Number(event.target.value)])} className="input max-w-60">
            <option value="">In another environment …</option>
            {others.map(({ id, handle }) => <option key={id} value={id}>{handle}</option>)}
          </select>
        </div>
      )}
    </Panel>
  )
}
