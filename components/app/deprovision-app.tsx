'use client'

import { DeprovisionForm } from '#components/form/deprovision-form.tsx'
import { deprovisionApp } from './actions.ts'

export function DeprovisionApp({ id, handle }: { id: number; handle: string }) {
  return (
    <DeprovisionForm action={deprovisionApp} name="app" id={id} handle={handle} what="app">
      <p>Its endpoints stop leading anywhere, its containers are stopped, its images and configuration are removed. Its activity and logs are kept.</p>
    </DeprovisionForm>
  )
}
