import { Refusal } from '../refusal.ts'
import type { Actor } from './actor.ts'

/** `owner` is for stacks and for creating environments; the others are held per environment. */
export type Scope = 'read' | 'deploy' | 'operate' | 'sensitive' | 'destroy' | 'admin' | 'owner'

/**
 * The first line of every verb and read. Owners may do everything; for everybody else nothing exists.
 * @throws Refusal `not_found`, so that an id does not betray that something is there.
 */
export function allow(actor: Actor, _scope: Scope, _environmentId: number | null): void {
  if (actor.owner || actor.kind === 'davit') return
  throw new Refusal('not_found', 'There is nothing here that you may see.')
}
