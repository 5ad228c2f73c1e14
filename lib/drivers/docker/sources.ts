import { Refusal } from '../../refusal.ts'
import type { PullRequest, StepIo } from '../driver.ts'
import { maskSecrets } from '../local/git-reason.ts'
import { SourceFailure, type Source } from './registry.ts'

type Wanted = Pick<PullRequest, 'sources' | 'ref' | 'version'>

/** Each source in turn, and each try in the log. */
export async function fromFirst<Result>(request: Wanted, io: StepIo, attempt: (source: Source) => Promise<Result>): Promise<Result> {
  const wanted = request.version ?? request.ref
  const failures: SourceFailure[] = []
  for (const source of request.sources) {
    try {
      return await attempt(source)
    } catch (error) {
      if (!(error instanceof SourceFailure)) throw error
      failures.push(error)
      await say(io, `Could not fetch ${wanted} from ${whereOf(source, request)}: ${error.message}`)
    }
  }
  throw refusalFor(wanted, failures)
}

export function whereOf(source: Source, { sources }: Pick<Wanted, 'sources'>): string {
  return `${maskSecrets(source.url, source.credential)} (source ${sources.indexOf(source) + 1} of ${sources.length})`
}

/** A source that has no such thing has answered, and another name may be all it takes. */
function refusalFor(wanted: string, failures: SourceFailure[]): Refusal {
  if (failures.length === 0) return new Refusal('unavailable', 'There is no source to fetch from.')
  const silent = failures.flatMap(({ isAbsent, message }, index) => (isAbsent ? [] : [[`sources.${index}.url`, `Davit cannot fetch from here. ${message.charAt(0).toUpperCase()}${message.slice(1)}`] as const]))
  if (silent.length < failures.length) {
    const text = `No source has ${wanted}; use a tag or a digest that was pushed.`
    return new Refusal('invalid', text, { ...Object.fromEntries(silent), ref: text })
  }
  const each = failures.length === 1 ? failures[0]?.message : failures.map(({ message }, index) => `(source ${index + 1}) ${message}`).join('; ')
  return new Refusal('unavailable', `${wanted} could not be fetched: ${each}`, Object.fromEntries(silent))
}

export async function say(io: StepIo, text: string): Promise<void> {
  await io.line({ at: new Date(), stream: 'stdout', text, position: 0, source: 'davit' })
}
