import { eq } from 'drizzle-orm'
import type { z } from 'zod'
import { stacks } from '#drizzle/schema/stack.ts'
import type { Actor } from '../auth/actor.ts'
import { allow } from '../auth/allow.ts'
import { db } from '../db/client.ts'
import { type Fact, registrationOf } from '../drivers/index.ts'
import { nothingHere, Refusal } from '../refusal.ts'
import { refuseDroppedPlaces, refuseUnusablePlaces } from './check-places.ts'
import { findResident } from './find-resident.ts'
import type { CreateStack, TestStack, UpdateStack } from './schema.ts'

/** What is found where a stack would be. @throws Refusal `unavailable` in the engine's own words. */
export async function testConnection(actor: Actor, { driver, settings }: z.output<typeof TestStack>): Promise<Fact[]> {
  allow(actor, 'owner', null)
  const { engine } = registrationOf(driver)
  return engine === null ? [] : (await engine.probe(engine.where(settings))).facts
}

/** Before the form is accepted: an engine that cannot be reached, or a place that cannot be used, is told beside its field, and nothing is recorded. */
export async function checkNewStack(actor: Actor, { driver, settings }: z.output<typeof CreateStack>): Promise<void> {
  allow(actor, 'owner', null)
  refuseUnusablePlaces(driver, settings, null, nothingRecorded)
  await testConnection(actor, { driver, settings }).catch(sayNothingRecorded)
}

/** The same for what changes about it: a stack can be renamed while its engine, or a place, is away. */
export async function checkChangedStack(actor: Actor, { stack: id, driver, settings }: z.output<typeof UpdateStack>): Promise<void> {
  allow(actor, 'owner', null)
  const [stack] = await db.select().from(stacks).where(eq(stacks.id, id))
  if (!stack) throw nothingHere()
  if (stack.deprovisionedAt || driver !== stack.driver) return
  await refuseDroppedPlaces(db, settings, stack)
  refuseUnusablePlaces(driver, settings, stack, nothingRecorded)
  const { engine } = registrationOf(driver)
  if (engine === null || engine.where(settings) === engine.where(stack.settings)) return
  const found = await engine.probe(engine.where(settings)).catch(sayNothingRecorded)
  if (found.id === stack.settings['engine']) return
  const resident = await findResident(db, id)
  if (resident) throw new Refusal('conflict', nothingRecorded, { 'settings.socketPath': `another engine answers here, and ${resident} lives on the one that the stack has; create another stack for this one` })
}

const nothingRecorded = 'The stack could not be used like this, so nothing was recorded.'

function sayNothingRecorded(error: unknown): never {
  throw error instanceof Refusal && Object.keys(error.fields).length > 0 ? new Refusal(error.code, nothingRecorded, error.fields) : error
}
