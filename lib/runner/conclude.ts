import { throwIfLetGo, wordsOf } from './attempt.ts'
import { handsFor } from './hands.ts'
import type { Direction } from './journal.ts'
import { throughOutages } from './outage.ts'
import type { Run } from './run.ts'

/** Right before the operation ends, with the last step that is still to be closed. */
export async function conclude(run: Run, direction: Direction): Promise<void> {
  const { definition, kit, letGo, log } = run
  const index = direction === 'run' ? definition.steps.length - 1 : 0
  const hands = handsFor(run, { index, direction, attempt: 0 }, [], letGo.signal)
  for (const tell of definition.conclusions ?? []) {
    try {
      await throughOutages(async () => tell(hands), kit.alive)
    } catch (error) {
      throwIfLetGo(run, error)
      log.say(index, `What is told at the end could not be found: ${wordsOf(run, error)}`)
    }
  }
}
