import { Refusal } from '../refusal.ts'

/** The newest version that a ref names: `18` is any of 18. @throws Refusal `invalid`, naming those there are */
export function versionFor(name: string, versions: string[], ref: string): string {
  const fitting = versions.filter((version) => version === ref || version.startsWith(`${ref}.`))
  const newest = fitting.toSorted(byNumber).at(-1)
  if (newest !== undefined) return newest
  const there = versions.length === 0 ? 'there is none' : `there ${versions.length === 1 ? 'is' : 'are'} ${versions.toSorted(byNumber).join(', ')}`
  const text = `There is no version ${ref} of ${name} here; ${there}.`
  throw new Refusal('invalid', text, { ref: text })
}

const byNumber = (one: string, other: string) => one.localeCompare(other, 'en', { numeric: true })
