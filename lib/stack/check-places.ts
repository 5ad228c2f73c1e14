import type { Db, Transaction } from '../db/client.ts'
import { registrationOf, type Settings, type StackToOpen } from '../drivers/index.ts'
import { Refusal } from '../refusal.ts'
import { findResident } from './find-resident.ts'

/** @throws Refusal `unavailable`, `fields` naming each place that is given anew and cannot be used */
export function refuseUnusablePlaces(driver: string, given: Settings, stack: StackToOpen | null, message: string): void {
  const fields = registrationOf(driver).places?.troubles(given, stack) ?? {}
  if (Object.keys(fields).length > 0) throw new Refusal('unavailable', message, fields)
}

/** @throws Refusal `conflict` while a place that would no longer be one of the stack's holds anything of a database */
export async function refuseDroppedPlaces(tx: Db | Transaction, given: Settings, stack: StackToOpen): Promise<void> {
  for (const place of registrationOf(stack.driver).places?.dropped(given, stack) ?? []) {
    const resident = await findResident(tx, stack.id, place)
    if (resident) throw new Refusal('conflict', `The place ${place} can be neither taken away nor renamed while ${resident} is there.`)
  }
}
