import { Refusal } from '../../refusal.ts'
import { holdsPassword, isRef, isSourceUrl } from '../fetchable.ts'
import { fromFirst, SourceFailure, type Wanted } from '../sources.ts'
import { GitFailure } from './process.ts'
import type { Repository } from './repository.ts'

/** Each source in turn. A version that is known and here needs none of them. */
export async function findCommit(repository: Repository, wanted: Wanted, signal: AbortSignal, tell: (text: string) => Promise<void>): Promise<string> {
  const { ref, version } = wanted
  const known = version === null ? null : await repository.lookUpCommit(version, signal)
  if (known !== null) return known
  return await fromFirst(wanted, { ref: 'a branch, a tag or a commit', tell }, async (source, where) => {
    const commit = await repository.fetch(source, version ?? ref, signal).catch((error: unknown) => {
      throw error instanceof GitFailure ? asSourceFailure(error) : error
    })
    await tell(`Fetched ${version ?? ref} from ${where}: ${commit}`)
    return commit
  })
}

/** Many a server says of what is not there that one has to sign in. */
function asSourceFailure({ message }: GitFailure): SourceFailure {
  const unclear = message.startsWith('authentication failed') && !message.includes('deploy key')
  return new SourceFailure(message, /couldn't find remote ref|not our ref/.test(message), unclear ? 'It may be private, and need a deploy key or token, or not be there' : null)
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
    refusePassword(url)
  }
}

export function refusePassword(url: string): void {
  if (!holdsPassword(url)) return
  throw new Refusal('invalid', 'The address of a source holds a password, a token or a user; put it into the field for the credential, as a token or user:token, where it is kept sealed.')
}
