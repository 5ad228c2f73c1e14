/** What can be told while somebody waits. Null: it failed, or there was no answer by then. */
export async function inTime<Told>(limitMs: number, ask: (signal: AbortSignal) => Promise<Told>): Promise<Told | null> {
  const signal = AbortSignal.timeout(limitMs)
  const late = new Promise<null>((resolve) => signal.addEventListener('abort', () => resolve(null), { once: true }))
  return await Promise.race([ask(signal).catch(() => null), late])
}
