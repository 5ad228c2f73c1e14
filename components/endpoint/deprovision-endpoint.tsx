'use client'

import { DeprovisionForm } from '#components/form/deprovision-form.tsx'
import { deprovisionEndpoint } from './actions.ts'

export function DeprovisionEndpoint({ id, handle }: { id: number; handle: string }) {
  return (
    <DeprovisionForm action={deprovisionEndpoint} name="endpoint" id={id} handle={handle} what="endpoint">
      <p>Requests to it are no longer taken. The app goes on running.</p>
    </DeprovisionForm>
  )
}
