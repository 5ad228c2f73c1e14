'use client'

import { TextField } from '#components/form/field.tsx'
import { OperationDialog } from '#components/form/operation-dialog.tsx'
import { StrategyField } from '#components/form/strategy-field.tsx'
import type { SourceKind } from '#lib/drivers/kinds.ts'
import { deployApp, restartApp } from './actions.ts'

export type AppBrief = { id: number; handle: string; ref: string; source: SourceKind; strategy: string; strategyFrom: string }

export function DeployDialog({ app }: { app: AppBrief }) {
  const { id, handle, ref, source, strategy, strategyFrom } = app
  return (
    <OperationDialog label="Deploy" look="main" needs="deploy" title={`Deploy ${handle}`} action={deployApp} about={{ app: id }} meanwhile={source.looking}>
      <TextField name="ref" label={source.ref.label} defaultValue={ref} required mono />
      <StrategyField inherited={strategy} inheritedFrom={strategyFrom} />
    </OperationDialog>
  )
}

export function RestartDialog({ app: { id, handle, strategy, strategyFrom } }: { app: AppBrief }) {
  return (
    <OperationDialog label="Restart" needs="operate" title={`Restart ${handle}`} action={restartApp} about={{ app: id }}>
      <p>A new release with the same image, configuration and formation takes the place of the current one.</p>
      <StrategyField inherited={strategy} inheritedFrom={strategyFrom} />
    </OperationDialog>
  )
}
