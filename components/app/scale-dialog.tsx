'use client'

import { Fragment } from 'react'
import { TextField } from '#components/form/field.tsx'
import { OperationDialog } from '#components/form/operation-dialog.tsx'
import { StrategyField } from '#components/form/strategy-field.tsx'
import { scaleApp } from './actions.ts'
import type { AppBrief } from './app-dialogs.tsx'

/** Without `limits` nothing sees to any. */
type Props = { app: AppBrief; services: string[]; formation: Record<string, number>; limits: Record<string, { memoryMb?: number; cpus?: number }> | null }

export function ScaleDialog({ app, services, formation, limits }: Props) {
  return (
    <OperationDialog label="Scale" needs="operate" title={`Scale ${app.handle}`} action={scaleApp} about={{ app: app.id }}>
      <fieldset className="grid grid-cols-2 gap-3 sm:grid-cols-3">
        <legend className="col-span-full mb-2 text-[0.9rem] text-soft">Containers per service, 0 to 100. With none, an endpoint serves its maintenance page.</legend>
        {services.map((service) => (
          <TextField key={service} name={`formation.${service}`} label={service} type="number" min={0} max={100} step={1} inputMode="numeric" defaultValue={Object.hasOwn(formation, service) ? formation[service] : 0} />
        ))}
      </fieldset>
      {limits && <LimitFields services={services} limits={limits} />}
      <StrategyField inherited={app.strategy} inheritedFrom={app.strategyFrom} />
    </OperationDialog>
  )
}

function LimitFields({ services, limits }: { services: string[]; limits: NonNullable<Props['limits']> }) {
  return (
    <fieldset className="grid grid-cols-2 gap-3">
      <legend className="col-span-full mb-2 text-[0.9rem] text-soft">What one container may take at most. With 0 there is no limit.</legend>
      {services.map((service) => {
        const { memoryMb = 0, cpus = 0 } = Object.hasOwn(limits, service) ? limits[service]! : {}
        return (
          <Fragment key={service}>
            <TextField name={`limits.${service}.memoryMb`} label={`Memory of ${service}, in MB`} type="number" min={0} step={1} inputMode="numeric" defaultValue={memoryMb} />
            <TextField name={`limits.${service}.cpus`} label={`Processors of ${service}`} type="number" min={0} step={0.01} inputMode="decimal" defaultValue={cpus} />
          </Fragment>
        )
      })}
    </fieldset>
  )
}
