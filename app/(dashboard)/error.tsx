'use client'

import { Button } from '#components/ui/button.tsx'
import { Empty } from '#components/ui/empty.tsx'

/** What is not a refusal: its text is in the web's own log, never here. */
export default function DashboardError({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  return (
    <div className="pt-8">
      <Empty title="Davit could not show this page.">
        Nothing was changed by that, and operations go on. If it stays so, look at the output of the web process{error.digest && <> for {error.digest}</>}.
        <Button onClick={reset}>Try again</Button>
      </Empty>
    </div>
  )
}
