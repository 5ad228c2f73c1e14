'use client'

import { TextField } from '#components/form/field.tsx'

type Props = { name: string; label: string; least?: number | undefined; value?: number; hint?: string | undefined; more?: string | undefined }

/** In whole megabytes. */
export function SizeField({ name, label, least, value, hint, more }: Props) {
  const hints = [least !== undefined && `At least ${least}.`, hint, more].filter(Boolean).join(' ')
  return <TextField name={name} label={label} type="number" min={least ?? 1} step={1} inputMode="numeric" defaultValue={value} hint={hints || undefined} required />
}
