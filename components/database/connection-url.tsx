'use client'

import { useState } from 'react'
import { RevealButton } from '#components/form/reveal-button.tsx'
import { CopyField } from '#components/ui/copy-field.tsx'
import { Panel } from '#components/ui/panel.tsx'
import { revealUrl } from './actions.ts'

export function ConnectionUrl({ databaseId }: { databaseId: number }) {
  const [url, setUrl] = useState<string | null>(null)
  return (
    <Panel title="Connection URL" aside={<RevealButton action={revealUrl} name="database" id={databaseId} what="it" shown={url !== null} onValue={setUrl} />}>
      <div className="px-4 py-3 text-[0.93rem]">
        {url === null ? <p className="text-soft">With the password of the account that it gives out. Showing it is recorded.</p> : <CopyField value={url} label="Connection URL" />}
      </div>
    </Panel>
  )
}
