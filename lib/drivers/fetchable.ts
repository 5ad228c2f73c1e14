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
