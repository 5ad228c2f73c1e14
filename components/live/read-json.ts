/** A GET route of ours. A session that has ended leads to the way in. */
export async function readJson<T>(path: string, signal: AbortSignal): Promise<T> {
  const response = await fetch(path, { signal })
  if (response.status === 401) window.location.assign(`/login?next=${encodeURIComponent(window.location.pathname)}`)
  if (!response.ok) throw new Error(`${path} answered ${response.status}`)
  return (await response.json()) as T
}
