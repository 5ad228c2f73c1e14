'use client'

import { LoaderCircle } from 'lucide-react'
import { Button } from '#components/ui/button.tsx'
import type { Needs } from '#components/ui/needs.tsx'
import { useFormState } from './action-form.tsx'

type Props = { children: React.ReactNode; look?: 'main' | 'danger'; disabled?: boolean; needs?: Needs; /** Said while the answer takes longer than a moment. */ meanwhile?: string }

export function Submit({ children, look = 'main', disabled = false, needs, meanwhile }: Props) {
  const { pending } = useFormState()
  const button = (
    <Button type="submit" look={look} disabled={disabled} needs={needs} aria-disabled={pending}>
      {pending && <LoaderCircle className="size-4 animate-spin motion-reduce:animate-none" aria-hidden="true" />}
      {children}
    </Button>
  )
  if (!meanwhile) return button
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
      {button}
      <span role="status" className="text-[0.9rem] text-soft">{pending && meanwhile}</span>
    </div>
  )
}
