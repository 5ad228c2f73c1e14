import { Refusal } from '../refusal.ts'
import { inSentence } from '../sentence.ts'
import type { PullRequest } from './driver.ts'
import { maskSecrets } from './git/reason.ts'

/** `of`: which one of the request it is, where others stand in for it; null: it is such a stand-in. */
export type Source = PullRequest['sources'][number] & { of?: number | null }
export type Wanted = Pick<PullRequest, 'ref' | 'version'> & { sources: Source[] }

/** A source's "no", or its silence. Never shown without the source it is about. */
export class SourceFailure extends Error {
  /** Whether it answered that it has no such thing. */
  readonly isAbsent: boolean
  /** What to try, in a sentence without its full stop. */
  readonly advice: string | null

  constructor(reason: string, isAbsent: boolean, advice: string | null = null) {
    super(reason)
    this.isAbsent = isAbsent
    this.advice = advice
  }
}

interface Trying {
  /** What a ref may be: "a tag or a digest". */
  ref: string
  tell(text: string): Promise<void>
}

/** Each source in turn, and each try in the log. `attempt` is given the words for where it is. */
export async function fromFirst<Result>(request: Wanted, { ref, tell }: Trying, attempt: (source: Source, where: string) => Promise<Result>): Promise<Result> {
  const { sources, version } = request
  const wanted = version ?? request.ref
  const failures: SourceFailure[] = []
  for (const [index, source] of sources.entries()) {
    const where = `${maskSecrets(source.url, source.credential)} (source ${index + 1} of ${sources.length})`
    try {
      return await attempt(source, where)
    } catch (error) {
      if (!(error instanceof SourceFailure)) throw error
      failures.push(error)
      await tell(`Could not fetch ${wanted} from ${where}: ${error.message}`)
    }
  }
  throw refusalFor(wanted, ref, sources, failures)
}

/** A source that has no such thing has answered, and another name may be all it takes. */
function refusalFor(wanted: string, ref: string, sources: Source[], failures: SourceFailure[]): Refusal {
  if (failures.length === 0) return new Refusal('unavailable', 'There is no source to fetch from.')
  const silent = failures.flatMap((failure, index) => {
    const { of = index } = sources[index]!
    return failure.isAbsent || of === null ? [] : [[`sources.${of}.url`, cannotFetch(failure)] as const]
  })
  if (failures.some(({ isAbsent }) => isAbsent)) {
    const text = `No source has ${wanted}; use ${ref} that was pushed.`
    return new Refusal('invalid', text, { ...Object.fromEntries(silent), ref: text })
  }
  const each = failures.length === 1 ? failures[0]?.message : failures.map(({ message }, index) => `(source ${index + 1}) ${inSentence(message)}`).join('; ')
  return new Refusal('unavailable', `${wanted} could not be fetched: ${each}`, Object.fromEntries(silent))
}

function cannotFetch({ message, advice }: SourceFailure): string {
  const said = `Davit cannot fetch from here. ${message.charAt(0).toUpperCase()}${message.slice(1)}`
  return advice === null ? said : `${inSentence(said)}. ${advice}`
}
