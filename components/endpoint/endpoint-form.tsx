'use client'

import { useState } from 'react'
import { ActionForm } from '#components/form/action-form.tsx'
import { CheckField, SelectField, TextArea, TextField } from '#components/form/field.tsx'
import { Submit } from '#components/form/submit.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { createEndpoint, updateEndpoint } from './actions.ts'

type Endpoint = { id: number; host: string | null; port: number | null; health: { path: string; strict: boolean; limitSeconds: number }; maintenancePage: string | null }

export function CreateEndpointDialog({ appId, services, ports }: { appId: number; services: string[]; ports: string }) {
  return (
    <Dialog trigger="New endpoint" look="main" needs="deploy" title="New endpoint">
      {() => (
        <ActionForm action={createEndpoint} label="New endpoint">
          <input type="hidden" name="app" value={appId} />
          {services.length > 0
            ? <SelectField name="service" label="Service">{services.map((service) => <option key={service}>{service}</option>)}</SelectField>
            : <TextField name="service" label="Service" defaultValue="web" hint="As its Procfile or davit.yml names it. The endpoint serves its maintenance page until the first deploy." required />}
          <AddressFields ports={ports} />
          <HealthFields />
          <div><Submit>Create the endpoint</Submit></div>
        </ActionForm>
      )}
    </Dialog>
  )
}

export function EndpointSettings({ endpoint, ports }: { endpoint: Endpoint; ports: string }) {
  return (
    <ActionForm action={updateEndpoint} label="Settings of the endpoint">
      <input type="hidden" name="endpoint" value={endpoint.id} />
      <AddressFields endpoint={endpoint} ports={ports} />
      <HealthFields endpoint={endpoint} />
      <div><Submit needs="deploy">Save</Submit></div>
    </ActionForm>
  )
}

/** Only the chosen one of the two is sent. */
function AddressFields({ endpoint, ports }: { endpoint?: Endpoint; ports: string }) {
  const [kind, setKind] = useState<'host' | 'port'>(endpoint?.port == null ? 'host' : 'port')
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1 text-[0.9rem] font-medium">Address</legend>
      <div className="flex flex-wrap gap-x-5">
        <label className="flex items-center gap-2"><input type="radio" checked={kind === 'host'} onChange={() => setKind('host')} className="accent-accent" /> A host name</label>
        <label className="flex items-center gap-2"><input type="radio" checked={kind === 'port'} onChange={() => setKind('port')} className="accent-accent" /> A port of its own</label>
      </div>
      {kind === 'host'
        ? <TextField name="host" label="Host name" hint="Its DNS must lead to the router." placeholder="shop.example.org" defaultValue={endpoint?.host ?? ''} />
        : <TextField name="port" label="Port" type="number" min={0} hint={`${ports}; 0 takes the first free one.`} defaultValue={endpoint?.port ?? 0} />}
    </fieldset>
  )
}

function HealthFields({ endpoint }: { endpoint?: Endpoint }) {
  const { path, strict, limitSeconds } = endpoint?.health ?? { path: '/', strict: false, limitSeconds: 60 }
  return (
    <>
      <div className="grid grid-cols-[minmax(0,1fr)_8rem] gap-3">
        <TextField name="path" label="Health check path" defaultValue={path} mono />
        <TextField name="limitSeconds" label="Within, in s" type="number" min={1} max={900} defaultValue={limitSeconds} />
      </div>
      <CheckField name="strict" label="Strict" hint="Only 200 counts as healthy; otherwise any answer does. Then /healthcheck is a usual path." defaultChecked={strict} />
      <TextArea name="maintenancePage" label="Maintenance page" hint="HTML, served with 503 when no container is healthy. Left empty, Davit’s own is served." rows={3} defaultValue={endpoint?.maintenancePage ?? ''} mono />
    </>
  )
}
