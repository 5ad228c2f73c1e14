'use client'

import Link from 'next/link'
import { DeprovisionForm } from '#components/form/deprovision-form.tsx'
import { CheckField } from '#components/form/field.tsx'
import type { LinkedApp } from '#lib/database/linked-apps.ts'
import { deprovisionDatabase } from './actions.ts'

type Props = { id: number; handle: string; apps: LinkedApp[] }

export function DeprovisionDatabase({ id, handle, apps }: Props) {
  return (
    <DeprovisionForm action={deprovisionDatabase} name="database" id={id} handle={handle} what="database">
      <div className="flex flex-col gap-3">
        <p>Its clients are cut off, and its container and its volume are removed. Its backups, its activity and its logs are kept.</p>
        {apps.length > 0 && (
          <div>
            <p className="text-warn">Linked to it, and left without it:</p>
            <ul className="list-disc pl-5">{apps.map((app) => <li key={`${app.id} ${app.variable}`} className="[overflow-wrap:anywhere]"><Link href={`/apps/${app.id}/configuration`} className="link">{app.handle}</Link> as {app.variable}</li>)}</ul>
          </div>
        )}
        <input type="hidden" name="linked:json" value={JSON.stringify(apps.map((app) => app.id))} />
        <FinalBackup />
      </div>
    </DeprovisionForm>
  )
}

/** A box that is not ticked would not be sent, and count as left alone; of what is sent twice the last counts. */
function FinalBackup() {
  return (
    <>
      <input type="hidden" name="finalBackup:json" value="false" />
      <CheckField name="finalBackup:json" label="Back it up first" hint="The final backup is kept until it is purged." defaultChecked />
    </>
  )
}
