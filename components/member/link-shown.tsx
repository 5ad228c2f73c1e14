'use client'

import { CopyField } from '#components/ui/copy-field.tsx'

/** The one time that a link can be seen: only its hash is kept. */
export function LinkShown({ link, children }: { link: string; children: React.ReactNode }) {
  return (
    <div className="flex flex-col gap-3">
      <div role="status" className="text-[0.93rem]">{children}</div>
      <CopyField value={link} label="Link" />
    </div>
  )
}
