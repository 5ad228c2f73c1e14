'use client'

import { TriangleAlert } from 'lucide-react'
import { usePathname } from 'next/navigation'
import { ButtonLink } from '#components/ui/button.tsx'

/** What in the address cannot be read, in place of a list that would be of something else. */
export function FilterNotice({ sentence }: { sentence: string }) {
  return (
    <div role="alert" className="flex flex-wrap items-center justify-between gap-3 rounded-lg bg-warn-wash px-4 py-3">
      <p className="flex min-w-0 items-start gap-2.5 [overflow-wrap:anywhere]"><TriangleAlert className="mt-1 size-4 shrink-0 text-warn" aria-hidden="true" />{sentence}</p>
      <ButtonLink href={usePathname()}>Show everything</ButtonLink>
    </div>
  )
}
