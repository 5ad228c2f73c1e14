/** Runs again for calls that came while it ran, once, and leaves a gap between runs. */
export function paced(run: () => Promise<unknown>, gapMs: number): () => void {
  let wanted = false
  let busy = false
  const go = async () => {
    busy = true
    while (wanted) {
      wanted = false
      await run().catch(() => {})
      await new Promise((resolve) => setTimeout(resolve, gapMs))
    }
    busy = false
  }
  return () => {
    wanted = true
    if (!busy) void go()
  }
}
