'use client'

import { TextField } from '#components/form/field.tsx'
import { kindOf, type SettingField } from '#lib/drivers/kinds.ts'
import { ConnectionTest } from './connection-test.tsx'
import { PlaceFields, type ShownPlace } from './place-fields.tsx'
import { RegistryFields, type ShownRegistry } from './registry-fields.tsx'

type Props = { driver: string; shown?: Record<string, unknown> }

/** What a driver asks of a stack, as lib/drivers/kinds.ts says. */
export function SettingFields({ driver, shown = {} }: Props) {
  return (
    <>
      <input type="hidden" name="driver" value={driver} />
      {kindOf(driver).settings.map((setting) => <Setting key={setting.name} setting={setting} shown={shown[setting.name]} />)}
    </>
  )
}

function Setting({ setting, shown }: { setting: SettingField; shown: unknown }) {
  const name = `settings.${setting.name}`
  switch (setting.kind) {
    case 'engine':
      return (
        <div className="flex flex-col gap-3">
          <TextField name={name} label={setting.label} hint={setting.hint} defaultValue={String(shown ?? setting.initial)} required mono />
          <ConnectionTest />
        </div>
      )
    case 'registries':
      return <RegistryFields name={name} stored={(shown ?? []) as ShownRegistry[]} />
    case 'places':
      return <PlaceFields name={name} stored={(shown ?? []) as ShownPlace[]} />
  }
}
