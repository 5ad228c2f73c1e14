/** A branch, tag or commit: nothing that git would take for an option, a range or a refspec. */
export function isRef(name: string): boolean {
  return /^[A-Za-z0-9_][\w./+@-]{0,254}$/.test(name) && !name.includes('..') && !name.includes('@{')
}

/** An address that git fetches from by itself: no helper program (`ext::`), and no host or user that ssh would take for an option. */
export function isSourceUrl(url: string): boolean {
  if (/^(https?|ssh|git|file):\/\//.test(url)) return /^[a-z]+:\/\/(?!-|[^/\s]*@-)\S*$/.test(url)
  return /^(\/|[\w.][\w.-]*@[\w.][\w.-]*:)\S*$/.test(url)
}

/**
 * A secret where everybody would see it. Over http a user alone is refused as well, and whatever follows a question
 * mark: both are where tokens are put.
 */
export function holdsPassword(url: string): boolean {
  if (!URL.canParse(url)) return /^[a-z+]+:\/\/[^/@]*:[^/@]*@/i.test(url)
  const { protocol, username, password, search } = new URL(url)
  return password !== '' || (/^https?:$/.test(protocol) && (username !== '' || search !== ''))
}

/** `registry.example:5000/team/app`, without tag or digest. */
export function isImageName(url: string): boolean {
  return /^([a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?(?::\d{1,5})?\/)?[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*$/.test(url) && url.length <= 255
}

export function isTagOrDigest(ref: string): boolean {
  return /^[A-Za-z0-9_][\w.-]{0,127}$/.test(ref) || isDigest(ref)
}

export const isDigest = (ref: string) => /^sha256:[0-9a-f]{64}$/.test(ref)
