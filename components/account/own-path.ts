/** Only resolves paths; no request ever goes there. */
const here = 'http://davit.invalid'

/**
 * A path of our own, as a browser will read it: it drops tabs and line ends, takes `\` for `/` and `//` for the
 * beginning of a host, so what is not plainly a path here leads home.
 */
export function ownPath(wish: unknown): string {
  if (typeof wish !== 'string' || !wish.startsWith('/') || !URL.canParse(wish, here)) return '/'
  const { origin, pathname, search, hash } = new URL(wish, here)
  // `/.//host` becomes `//host` once it is resolved.
  return origin === here && !pathname.startsWith('//') ? pathname + search + hash : '/'
}

/** The way in, and from there to where one wanted to go. */
export function loginPath(wish: unknown): string {
  const path = ownPath(wish)
  return path === '/' ? '/login' : `/login?next=${encodeURIComponent(path)}`
}
