import { expect, test } from 'vitest'
import { sql } from '../db/client.ts'
import { type Hint, listenToHints, nextHint } from './hints.ts'

const notify = (id: number) => sql`select pg_notify('davit_operations', ${String(id)})`

/** Collects until the hint about that id has come. */
async function collect(lastId: string | null, until: number) {
  const seen: Hint[] = []
  const { promise, resolve } = Promise.withResolvers<void>()
  const leave = await listenToHints(lastId, (hint) => {
    seen.push(hint)
    if (hint.about === until) resolve()
  })
  return { seen, done: promise.then(leave) }
}

test('a reader that comes back is told what it missed, once each', async () => {
  const first = await collect(null, 1)
  await notify(1)
  await first.done
  const meanwhile = await collect(null, 3)
  await notify(2)
  await notify(3)
  await meanwhile.done
  const back = await collect(first.seen.at(-1)!.id, 4)
  await notify(4)
  await back.done
  expect(back.seen.map(({ about }) => about)).toEqual([2, 3, 4])
})

test('one that was away too long, or before a restart, is told to read everything again', async () => {
  const { seen, done } = await collect('another-1', 5)
  await notify(5)
  await done
  expect(seen[0]).toMatchObject({ kind: 'everything' })
})

test('waiting for a hint ends with it, and with the signal', async () => {
  const waiting = nextHint('operations', 6, 60_000, new AbortController().signal)
  await notify(6)
  await waiting
  const gone = new AbortController()
  gone.abort()
  await nextHint('operations', 7, 60_000, gone.signal)
})
