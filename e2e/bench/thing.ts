import { z } from 'zod'
import { operation } from '#lib/runner/define.ts'

/** What the benches carry out: operations on a resource that is nothing but a row. */
const OnThing = z.object({ thing: z.number() })

export function onThing(type: string) {
  return operation({ kind: 'thing', type, schema: OnThing, scope: 'operate', target: async ({ thing }) => ({ resource: { id: thing }, title: `${type} ${thing}` }) })
}

/** Three journaled steps, each with something to undo, and nothing in them: what is measured is the runner. */
export const three = onThing('three')
  .step('first', { undoes: 'undo the first', run: () => {}, compensate: () => {} })
  .step('second', { undoes: 'undo the second', run: () => ({ made: 'this' }), compensate: () => {} })
  .step('third', { undoes: 'undo the third', run: () => {}, compensate: () => {} })
