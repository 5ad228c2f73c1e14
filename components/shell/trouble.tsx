'use client'

import { useEffect, useState } from 'react'
import { isDbDown } from '#components/live/is-db-down.ts'
import { Button } from '#components/ui/button.tsx'
import { Empty } from '#components/ui/empty.tsx'

type Props = { error: Error & { digest?: string } }

const askAgainMs = 3000

/** For what is no refusal: its text is in the web's own log, never here. */
export function Trouble({ error }: Props) {
  const dbIsDown = useDbIsDown()
  return (
    <div className="mx-auto max-w-3xl px-4 pt-8" role="alert">
      {dbIsDown ? (
        <Empty title="The database of Davit does not answer.">
          Operations pause, and go on by themselves when it is back. Apps and the router are untouched. This page looks again every few seconds.
          <Button onClick={reload}>Try again</Button>
        </Empty>
      ) : (
        <Empty title="Davit could not show this page.">
          Nothing was changed by that, and operations go on. If it stays so, look at the output of the web process{error.digest && <> for {error.digest}</>}.
          <Button onClick={reload}>Try again</Button>
        </Empty>
      )}
    </div>
  )
}

/** The whole page: the layout around it may have failed as well, and is rendered by the server only. */
const reload = () => window.location.reload()

/** An error loses its text on its way here, so the cause is asked for; when the db is back, the page is shown. */
function useDbIsDown() {
  const [down, setDown] = useState(false)
  useEffect(() => {
    const left = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    const ask = async (wasDown: boolean) => {
      const now = await isDbDown(left.signal)
      if (left.signal.aborted) return
      if (wasDown && now === false) return reload()
      const isDown = now ?? wasDown
      setDown(isDown)
      timer = setTimeout(ask, askAgainMs, isDown)
    }
    void ask(false)
    return () => {
      left.abort()
      clearTimeout(timer)
    }
  }, [])
  return down
}
