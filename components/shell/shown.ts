import { forbidden, notFound } from 'next/navigation'
import type { Actor } from '#lib/auth/actor.ts'
import { lookUpActor } from '#lib/auth/session.ts'
import { Refusal } from '#lib/refusal.ts'
import { leadIn } from './lead-in.ts'

/** Reads as the one who looks at the page: what is refused as absent is a page not found, and what a scope is lacking for says so. */
export async function shown<T>(read: (actor: Actor) => Promise<T>): Promise<T> {
  const actor = await lookUpActor()
  if (!actor) return leadIn()
  try {
    return await read(actor)
  } catch (error) {
    if (error instanceof Refusal && error.code === 'not_found') notFound()
    if (error instanceof Refusal && error.code === 'forbidden') forbidden()
    throw error
  }
}
