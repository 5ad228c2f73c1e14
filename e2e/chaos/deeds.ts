import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { Refusal } from '#lib/refusal.ts'
import { scopeOfOperation } from '#lib/operations/scope-of.ts'
import { requestCancel } from '#lib/runner/cancel.ts'
import { throughOutages } from '#lib/runner/outage.ts'
import { actor, record } from './perform.ts'
import type { Chance } from './random.ts'
import type { World } from './world.ts'

/** What was asked for: by operation, what makes its failure a thing to expect. */
export interface Deeds {
  /** Recorded, with the words its error has to have when it fails for a reason of its own. */
  asked: Map<number, RegExp | null>
  cancelsAccepted: Set<number>
  cancelsRefused: number
  refused: Map<string, number>
  done: Promise<unknown>
}

/** Starts operations at random moments, and cancels some, until the signal aborts. */
export function startDeeds(world: World, { work, cancels }: { work: Chance; cancels: Chance }, say: (text: string) => void, stopped: AbortSignal): Deeds {
  const found: Deeds = { asked: new Map(), cancelsAccepted: new Set(), cancelsRefused: 0, refused: new Map(), done: Promise.resolve() }
  const cancelling: Promise<void>[] = []
  async function work_() {
    while (!stopped.aborted) {
      await pause(work.between(150, 900), undefined, { signal: stopped }).catch(() => {})
      if (stopped.aborted) break
      const id = await attempt(found, () => ask(world, work, found, say))
      if (id !== null && cancels.happens(0.35)) cancelling.push(cancelLater(id, cancels.between(0, 6000), found, say))
    }
    await Promise.all(cancelling)
  }
  found.done = work_()
  return found
}

/** A refusal is an answer; which ones there were is counted. */
async function attempt(found: Deeds, work: () => Promise<number | null>): Promise<number | null> {
  try {
    return await throughOutages(work, () => true)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    found.refused.set(error.message, (found.refused.get(error.message) ?? 0) + 1)
    return null
  }
}

async function ask(world: World, chance: Chance, found: Deeds, say: (text: string) => void): Promise<number | null> {
  const wanted = await world.next(chance)
  if (wanted === null) return null
  const { id } = await record(wanted.kind, wanted.type, wanted.input, randomUUID())
  wanted.recorded?.(id)
  found.asked.set(id, wanted.failsWith)
  say(`asked for ${id}: ${wanted.words}`)
  return id
}

async function cancelLater(id: number, afterMs: number, found: Deeds, say: (text: string) => void): Promise<void> {
  await pause(afterMs)
  try {
    await throughOutages(() => requestCancel(actor, id, scopeOfOperation), () => true)
    found.cancelsAccepted.add(id)
    say(`cancelled ${id}`)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    found.cancelsRefused++
  }
}
