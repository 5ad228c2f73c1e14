import { Refusal } from '../../refusal.ts'
import type { PullRequest } from '../driver.ts'
import { holdsPassword, isRef, isSourceUrl } from '../fetchable.ts'
import type { Repository } from './git.ts'
import { GitFailure } from './git-process.ts'
import { maskSecrets } from './git-reason.ts'

type Wanted = Pick<PullRequest, 'sources' | 'ref' | 'version'>

/** Each source in turn. A version that is known and here needs none of them. */
export async function findCommit(
  repository: Repository,
  { sources, ref, version }: Wanted,
  signal: AbortSignal,
  tell: (text: string) => Promise<void>,
): Promise<string> {
  const known = version === null ? null : await repository.lookUpCommit(version, signal)
  if (known !== null) return known
  const wanted = version ?? ref
  const failures: GitFailure[] = []
  for (const [index, source] of sources.entries()) {
    const where = `${maskSecrets(source.url, source.credential)} (source ${index + 1} of ${sources.length})`
    try {
      const commit = await repository.fetch(source, wanted, signal)
      await tell(`Fetched ${wanted} from ${where}: ${commit}`)
      return commit
    } catch (error) {
      if (!(error instanceof GitFailure)) throw error
      failures.push(error)
      await tell(`Could not fetch ${wanted} from ${where}: ${error.message}`)
    }
  }
  throw refusalFor(wanted, failures.map(({ message }) => message))
}

/** A server that has no such ref has answered, and another ref may be all it takes. */
function refusalFor(wanted: string, reasons: string[]): Refusal {
  if (reasons.length === 0) return new Refusal('unavailable', 'There is no source to fetch from.')
  const silent = reasons.flatMap((reason, index): [string, string][] => (lacksRef(reason) ? [] : [[`sources.${index}.url`, cannotFetch(reason)]]))
  if (silent.length < reasons.length) {
    const text = `No source has ${wanted}; use a branch, a tag or a commit that was pushed.`
    return new Refusal('invalid', text, { ...Object.fromEntries(silent), ref: text })
  }
  const each = reasons.length === 1 ? reasons[0] : reasons.map((reason, index) => `(source ${index + 1}) ${reason}`).join('; ')
  return new Refusal('unavailable', `${wanted} could not be fetched: ${each}`, Object.fromEntries(silent))
}

/** Many a server says of what is not there that one has to sign in. */
function cannotFetch(reason: string): string {
  const said = `Davit cannot fetch from here. ${reason.charAt(0).toUpperCase()}${reason.slice(1)}`
  if (!reason.startsWith('authentication failed') || reason.includes('deploy key')) return said
  return `${said.replace(/\.$/, '')}. It may be private, and need a deploy key or token, or not be there`
}

function lacksRef(reason: string): boolean {
  return /couldn't find remote ref|not our ref/.test(reason)
}

/** A ref or URL that git would take for an option, or a secret where everybody would see it. */
export function refuseOddities({ ref, sources, version }: Wanted): void {
  for (const name of version === null ? [ref] : [ref, version]) {
    if (!isRef(name)) {
      throw new Refusal('invalid', `"${name.slice(0, 60)}" cannot be a branch, tag or commit.`, { ref: 'Write a branch, tag or commit.' })
    }
  }
  for (const { url } of sources) {
    if (!isSourceUrl(url)) throw new Refusal('invalid', 'A source is an address that begins with https://, ssh://, git://, file:// or /, or has the form user@host:path.')
    if (holdsPassword(url)) {
      throw new Refusal('invalid', 'The address of a source holds a password, a token or a user; put it into the field for the credential, as a token or user:token, where it is kept sealed.')
    }
  }
}
