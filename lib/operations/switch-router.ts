import { setTimeout as pause } from 'node:timers/promises'
import type { Transaction } from '../db/client.ts'
import { buildTable, switchTo } from '../endpoint/switch.ts'
import { Refusal } from '../refusal.ts'
import type { Hands } from '../runner/define.ts'

/** The router is started again within seconds; an operation waits for it rather than fail. */
const AWAY_SECONDS_MAX = 60
/** An endpoint of somebody else's, whose port is taken, is undone within this. */
const REFUSED_SECONDS_MAX = 10
const POLL_MS = 100

/**
 * Changes what is routed, and resolves when the router routes by it. The change and the table are one commit,
 * so whoever repeats this, or builds the next table, has the change in it.
 * @throws Refusal of the router; at once where the change is what it refuses.
 */
export async function switchRouter(
  hands: Pick<Hands, 'transaction' | 'io' | 'signal' | 'log'>,
  change: (tx: Transaction) => Promise<unknown>,
  { ownPort = false }: { ownPort?: boolean } = {},
): Promise<void> {
  const since = performance.now()
  let table = await hands.transaction(async (tx) => {
    await change(tx)
    return buildTable(tx)
  })
  for (;;) {
    await hands.io.guard()
    try {
      await switchTo(table)
      return hands.log(`The router has confirmed table ${table.generation}.`)
    } catch (error) {
      if (!(error instanceof Refusal) || (performance.now() - since) / 1000 >= patience(error, ownPort)) throw error
      hands.io.progress(`waiting for the router: ${error.message}`)
      await pause(POLL_MS, undefined, { signal: hands.signal }).catch(() => hands.signal.throwIfAborted())
      if (error.code !== 'unavailable') table = await hands.transaction(buildTable)
    }
  }
}

function patience({ code }: Refusal, ownPort: boolean): number {
  if (code === 'unavailable') return AWAY_SECONDS_MAX
  return code === 'conflict' && !ownPort ? REFUSED_SECONDS_MAX : 0
}
