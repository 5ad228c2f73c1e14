'use client'

import { LoaderCircle } from 'lucide-react'
import { Button } from '#components/ui/button.tsx'
import type { Needs } from '#components/ui/needs.tsx'
import { useFormState } from './action-form.tsx'

type Props = { children: React.ReactNode; look?: 'main' | 'danger'; disabled?: boolean; needs?: Needs }

export function Submit({ children, look = 'main', disabled = false, needs }: Props) {
  const { pending } = useFormState()
  return (
    <Button type="submit" look={look} disabled={disabled} needs={needs} aria-disabled={pending}>
      {pending && <LoaderCircle className="size-4 animate-spin motion-reduce:animate-none" aria-hidden="true" />}
      {children}
    </Button>
  )
}
