import { nothingHere, Refusal } from '../refusal.ts'
import type { Actor, Scope } from './actor.ts'

export type { Scope } from './actor.ts'

/** One scope, or several that are needed together (`session`: sensitive and operate). */
export type Needs = Scope | readonly Scope[]

/**
 * The first line of every verb and read. An environment in which the actor has no scope does not exist
 * for them. With `null` for the environment, `read` is a list across what one may see, and passes for
 * every member: each such read filters by `readableEnvironments`. Anything else without an environment
 * is for owners.
 * @throws Refusal `not_found`, worded as for an unknown id, or `forbidden`, which names the scope needed.
 */
export function allow(actor: Actor, needs: Needs, environmentId: number | null): void {
  if (holdsAll(actor)) return
  if (environmentId === null) {
    if (needs !== 'read') throw new Refusal('forbidden', 'Only owners may do this.')
    return
  }
  if (!sees(actor, environmentId)) throw nothingHere()
  const lacking = lackingOf(actor, needs, environmentId)
  if (lacking.length > 0) throw new Refusal('forbidden', sentence(lacking))
}

/**
 * For one thing that may belong to no environment, such as an operation on a stack: that is there for
 * owners only, and for everybody else it does not exist.
 */
export function allowOne(actor: Actor, needs: Needs, environmentId: number | null): void {
  if (environmentId === null && !holdsAll(actor)) throw nothingHere()
  allow(actor, needs, environmentId)
}

/** For screens: whether to offer it. The verb asks again. */
export function may(actor: Actor, needs: Needs, environmentId: number | null): boolean {
  if (holdsAll(actor)) return true
  if (environmentId === null) return needs === 'read'
  return sees(actor, environmentId) && lackingOf(actor, needs, environmentId).length === 0
}

/** Environments that exist for the actor: those with any scope. */
export function visibleEnvironments(actor: Actor): 'all' | number[] {
  return holdsAll(actor) ? 'all' : environmentsOf(actor).filter((id) => sees(actor, id))
}

/** Environments whose pages, activity, logs and reports the actor may read. */
export function readableEnvironments(actor: Actor): 'all' | number[] {
  return holdsAll(actor) ? 'all' : environmentsOf(actor).filter((id) => may(actor, 'read', id))
}

/** For screens, which show what is lacking; `all` for owners. */
export function scopesIn(actor: Actor, environmentId: number | null): 'all' | Scope[] {
  return holdsAll(actor) ? 'all' : environmentId === null ? [] : heldIn(actor, environmentId)
}

const holdsAll = (actor: Actor) => actor.owner || actor.kind === 'davit'
const environmentsOf = (actor: Actor) => Object.keys(actor.scopes).map(Number)
const heldIn = (actor: Actor, environmentId: number) => actor.scopes[environmentId] ?? []
const sees = (actor: Actor, environmentId: number) => heldIn(actor, environmentId).length > 0

/** `admin` holds all that an environment has to give. */
function lackingOf(actor: Actor, needs: Needs, environmentId: number): Scope[] {
  const held = heldIn(actor, environmentId)
  return [needs].flat().filter((scope) => !held.includes(scope) && (scope === 'owner' || !held.includes('admin')))
}

function sentence(lacking: Scope[]): string {
  if (lacking.includes('owner')) return 'Only owners may do this.'
  return `This needs ${lacking.join(' and ')} on this environment, which none of your roles gives you. An owner can.`
}
