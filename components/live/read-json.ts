import { loginPath } from '#components/account/own-path.ts'

/** A GET route of ours. A session that has ended leads to the way in. */
export async function readJson<T>(path: string, signal: AbortSignal): Promise<T> {
  const response = await fetch(path, { signal })
  if (response.status === 401) window.location.assign(loginPath(window.location.pathname + window.location.search))
  if (!response.ok) throw new Error(await sentenceOf(response))
  return (await response.json()) as T
}

/** A refusal says why; what is none has a status at most. */
async function sentenceOf(response: Response): Promise<string> {
  const said = (await response.json().catch(() => null)) as { error?: unknown } | null
  return typeof said?.error === 'string' ? said.error : `Davit answered ${response.status}.`
}
