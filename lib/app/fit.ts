import { eq } from 'drizzle-orm'
import { stacks } from '#drizzle/schema/stack.ts'
import type { Transaction } from '../db/client.ts'
import { kindOf } from '../drivers/kinds.ts'
import { Refusal } from '../refusal.ts'

type Wanted = { from?: 'git' | 'image' | undefined; buildCommand: string | null }

/** What the stack makes no app of. */
export function refuseUnfit(driver: string, { from = 'git', buildCommand }: Wanted): void {
  const { name, sources } = kindOf(driver)
  const source = sources.find((each) => each.from === from)
  const text = `on a stack of ${name} an app comes from ${sources.map((each) => each.name.replace('A', 'a')).join(' or ')}`
  if (!source) throw new Refusal('invalid', 'Something in the form is not right yet.', { 'sources.0.url': text })
  if (buildCommand !== null && !source.hasBuildCommand) throw new Refusal('invalid', 'Something in the form is not right yet.', { buildCommand: 'leave it empty: here a Dockerfile says how its image is built' })
}

export async function refuseUnfitOn(tx: Transaction, stackId: number, wanted: Wanted): Promise<void> {
  const [stack] = await tx.select({ driver: stacks.driver }).from(stacks).where(eq(stacks.id, stackId))
  if (stack) refuseUnfit(stack.driver, wanted)
}
