import { setTimeout as pause } from 'node:timers/promises'
import { isOutage, someCause } from '../db/outage.ts'

/** The operation has another owner; whoever holds this error must not act for it any more. */
export class StaleFence extends Error {
  constructor(operationId: number) {
    super(`operation ${operationId} has another owner`)
    this.name = 'StaleFence'
  }
}

/** Postgres chose this transaction to give way: nothing of it took effect. */
const GAVE_WAY = new Set(['40P01', '40001'])

function gaveWay(error: unknown): boolean {
  return someCause(error, (one) => GAVE_WAY.has(one.code as string))
}

/** A fence that the database refused: SQLSTATE DV001 from the trigger on `steps`. */
export function isStale(error: unknown): boolean {
  return someCause(error, (one) => one instanceof StaleFence || one.code === 'DV001')
}

/**
 * Repeats work whose answer was lost, or that gave way to another, until it is answered. The work must be
 * safe to repeat. An outage of the db pauses an operation; it never fails one.
 */
export async function throughOutages<T>(work: () => Promise<T>, goOn: () => boolean): Promise<T> {
  for (let delayMs = 20; ; delayMs = Math.min(delayMs * 2, 500)) {
    try {
      return await work()
    } catch (error) {
      if (!(isOutage(error) || gaveWay(error)) || !goOn()) throw error
    }
    await pause(delayMs)
  }
}
