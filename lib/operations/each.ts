interface Manner {
  atOnce: number
  /** The others are done too, although one has failed. */
  goOn?: boolean
  signal?: AbortSignal
}

/**
 * Does it for each, some at once. After a failure or an abort no more are begun; it rejects with the first
 * error, and only when those under way have ended: what is undone next must not be done meanwhile.
 */
export async function each<Item>(items: Item[], { atOnce, goOn = false, signal }: Manner, work: (item: Item) => Promise<void>): Promise<void> {
  const waiting = [...items]
  const errors: unknown[] = []
  async function lane() {
    while (waiting.length > 0 && (goOn || errors.length === 0)) {
      try {
        signal?.throwIfAborted()
        await work(waiting.shift()!)
      } catch (error) {
        errors.push(error)
        if (signal?.aborted) return
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, lane))
  if (errors.length > 0) throw errors[0]
}
