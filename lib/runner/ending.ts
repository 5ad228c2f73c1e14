import type { Lasting } from '#drizzle/schema/operation.ts'
import type { Definition } from './define.ts'

/** The last line of the log of an operation that was rolled back; its page says the same, in the same words. */
export function ending({ trivial, putsBackForAnother }: Pick<Definition, 'trivial' | 'putsBackForAnother'>, leftovers: string[], lasting: Lasting[]): string {
  if (trivial) return nothingToRollBack
  if (putsBackForAnother) return 'What was left and is not put back is still left, and stays blocked.'
  const stays = lasting.map((one) => ` ${lastingWords(one)}: ${shownOf(one).map(inOneLine).join('; ')}.`).join('')
  if (leftovers.length === 0) return `The rollback is complete: everything that Davit changed was put back.${stays}`
  return `The rollback is incomplete: ${leftovers.length === 1 ? 'one thing' : `${leftovers.length} things`} could not be put back.${stays}`
}

export const nothingToRollBack = 'There was nothing to roll back.'

export function lastingWords({ by, answer }: Lasting): string {
  return answer ? `${answer.by} has run, for what ${by} did` : `Davit cannot undo what ${by} did`
}

/** What is listed below those words. */
export const shownOf = ({ did, answer }: Lasting): string[] => answer?.did ?? did

const inOneLine = (command: string) => command.trim().replaceAll(/\s+/g, ' ')
