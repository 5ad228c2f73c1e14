import { eq } from 'drizzle-orm'
import { z } from 'zod'
import { resources } from '#drizzle/schema/resource.ts'
import { Refusal } from '../refusal.ts'
import { closeTime, keepReport, removeChunks, writeChunks } from '../report/make.ts'
import { endOf, isoName, weekOf } from '../report/week.ts'
import { operation } from '../runner/define.ts'
import { throughOutages } from '../runner/outage.ts'

const ReportWeek = z
  .object({ environment: z.number().int().positive(), since: z.iso.datetime(), until: z.iso.datetime() })
  .refine(({ since, until }) => new Date(since) < new Date(until) && new Date(until) <= endOf(weekOf(new Date(since))), 'a report lies within one week')

/**
 * One environment's week, sealed. It is recorded on the stack and not in the environment: there it would be part of
 * the next week's report, and the one about a deprovisioned environment's last week would be part of none.
 */
export const report = operation({
  kind: 'stack',
  type: 'report',
  schema: ReportWeek,
  scope: 'owner',
  // What is in doubt about a stack is no reason to account for nothing.
  passesBlocks: true,
  target: async ({ environment, since }, tx) => {
    const [row] = await tx.select().from(resources).where(eq(resources.id, environment))
    if (row?.kind !== 'environment' || row.stackId === null) throw new Refusal('not_found', 'There is no such environment.')
    const also = [{ id: row.stackId, mode: 'shared' as const }]
    return { resource: { id: row.stackId }, exclusive: false, also, title: `Report ${isoName(weekOf(new Date(since)))} of ${row.handle}` }
  },
})
  .step('close the week', {
    undoes: null,
    run: async ({ environment, since, until }, hands) => {
      const closed = await hands.transaction((tx) => closeTime(tx, spanOf(environment, since, until)))
      return { closed: closed.toISOString() }
    },
  })
  .step('write the report', {
    undoes: 'remove what was written of it',
    run: async ({ environment, since, closed }, hands) => {
      const span = spanOf(environment, since, closed)
      // From the beginning when the db went away meanwhile: half a seal cannot be gone on with.
      const written = await throughOutages(() => writeChunks(hands.transaction, hands.operation.id, span, hands.signal), () => !hands.signal.aborted)
      hands.log(`${written.rows} operations, ${written.bytes} bytes, ${written.compressedBytes} compressed.`)
      return { written }
    },
    compensate: (_known, hands) => hands.transaction((tx) => removeChunks(tx, hands.operation.id)),
  })
  .step('seal the report', {
    undoes: null,
    usuallyNoReturn: true,
    pointOfNoReturn: () => true,
    run: async ({ environment, since, closed, written }, hands) => {
      await hands.transaction((tx) => keepReport(tx, hands.operation.id, spanOf(environment, since, closed), written))
      hands.log(`Sealed: ${written.seal}`)
    },
  })

const spanOf = (environmentId: number, since: string, until: string) => ({ environmentId, since: new Date(since), until: new Date(until) })
