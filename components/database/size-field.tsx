'use client'

import { TextField } from '#components/form/field.tsx'

type Props = { name: string; label: string; size?: { least: number; usual?: number } | undefined; now?: number; more?: string | undefined }

/** In whole megabytes. */
export function SizeField({ name, label, size, now, more }: Props) {
  const hint = [size && `At least ${size.least}.`, now !== undefined && `${now} now.`, more].filter(Boolean).join(' ')
  return <TextField name={name} label={label} type="number" min={size?.least ?? 1} step={1} inputMode="numeric" defaultValue={now ?? size?.usual} hint={hint || undefined} required />
}
