import { setTimeout as pause } from 'node:timers/promises'
import { Refusal } from '../refusal.ts'
import { routerStatus } from '../router/client.ts'

/** A page does not wait longer for a router that hangs. */
const patienceMs = 2000

export interface Serving {
  containers: number
  healthy: number
}

/** By endpoint, how many containers the router has for it and how many it sends requests to; empty while it does not answer. For reads that have asked whether the actor may see them. */
export async function readServing(): Promise<Record<number, Serving>> {
  const over = new AbortController()
  try {
    const status = await Promise.race([routerStatus(), pause(patienceMs, null, { signal: over.signal })])
    return status?.serving ?? {}
  } catch (error) {
    if (error instanceof Refusal) return {}
    throw error
  } finally {
    over.abort()
  }
}
