import { loginPath } from '#components/account/own-path.ts'

/** A GET route of ours. A session that has ended leads to the way in. */
export async function readJson<T>(path: string, signal: AbortSignal): Promise<T> {
  const response = await fetch(path, { signal })
  if (response.status === 401) window.location.assign(loginPath(window.location.pathname + window.location.search))
  if (!response.ok) throw new Error(`${path} answered ${response.status}`)
  return (await response.json()) as T
}
