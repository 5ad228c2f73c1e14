/** Null when the web does not answer either. */
export async function isDbDown(signal: AbortSignal): Promise<boolean | null> {
  try {
    const health = await fetch('/api/health', { signal, cache: 'no-store' })
    return ((await health.json()) as { status: string }).status === 'unavailable'
  } catch {
    return null
  }
}
