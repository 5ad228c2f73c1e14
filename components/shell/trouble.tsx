'use client'

import { Button } from '#components/ui/button.tsx'
import { Empty } from '#components/ui/empty.tsx'

type Props = { error: Error & { digest?: string }; reset: () => void }

/** For what is no refusal: its text is in the web's own log, never here. */
export function Trouble({ error, reset }: Props) {
  return (
    <div className="mx-auto max-w-3xl px-4 pt-8">
      <Empty title="Davit could not show this page.">
        Nothing was changed by that, and operations go on. If it stays so, look at the output of the web process{error.digest && <> for {error.digest}</>}.
        <Button onClick={reset}>Try again</Button>
      </Empty>
    </div>
  )
}
