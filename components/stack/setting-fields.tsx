'use client'

import { TextField } from '#components/form/field.tsx'
import { kindOf } from '#lib/drivers/kinds.ts'
import { ConnectionTest } from './connection-test.tsx'
import { RegistryFields, type ShownRegistry } from './registry-fields.tsx'

type Props = { driver: string; shown?: Record<string, unknown> }

/** What a driver asks of a stack, as lib/drivers/kinds.ts says. */
export function SettingFields({ driver, shown = {} }: Props) {
  const { settings, hasEngine } = kindOf(driver)
  return (
    <>
      <input type="hidden" name="driver" value={driver} />
      {settings.map((setting) =>
        setting.kind === 'registries'
          ? <RegistryFields key={setting.name} name={`settings.${setting.name}`} stored={(shown[setting.name] ?? []) as ShownRegistry[]} />
          : <TextField key={setting.name} name={`settings.${setting.name}`} label={setting.label} hint={setting.hint} defaultValue={String(shown[setting.name] ?? setting.initial)} required mono />,
      )}
      {hasEngine && <ConnectionTest />}
    </>
  )
}
