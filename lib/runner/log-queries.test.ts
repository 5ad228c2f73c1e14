import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { logLines } from '#drizzle/schema/journal.ts'
import { operations } from '#drizzle/schema/operation.ts'
import { db } from '../db/client.ts'
import { readLog, searchLog, streamLog } from './log-queries.ts'
import { makeResource, tester } from './rehearsal.ts'

async function makeOperation() {
  const resourceId = await makeResource()
  const [row] = await db
    .insert(operations)
    .values({ type: 'work', title: 'Work', input: {}, plan: [], resourceId, resourceKind: 'thing', resourceHandle: 'thing', actorKind: 'davit', actorName: 'Tester', source: 'test', requestKey: randomUUID() })
    .returning()
  return row!.id
}

const write = (operationId: number, from: number, texts: string[]) =>
  db.insert(logLines).values(texts.map((text, at) => ({ operationId, seq: from + at, at: new Date(), source: 'davit', stream: 'stdout', text })))

test('gives the lines after a line, and how many there are', async () => {
  const id = await makeOperation()
  await write(id, 1, Array.from({ length: 30 }, (_, n) => `line ${n + 1}`))
  const page = await readLog(tester, id, 20, 5)
  expect(page.lines.map(({ seq }) => seq)).toEqual([21, 22, 23, 24, 25])
  expect(page).toMatchObject({ last: 30, ended: false })
})

test('shows the beginning of a very long line, and says that it is cut', async () => {
  const id = await makeOperation()
  await write(id, 1, ['x'.repeat(60_000)])
  const [line] = (await readLog(tester, id, 0, 10)).lines
  expect(line).toMatchObject({ cut: true })
  expect(line!.text).toHaveLength(4000)
})

test('searches in any case, and takes no character for a pattern', async () => {
  const id = await makeOperation()
  await write(id, 1, ['100% Done', 'nothing', 'a_b'])
  expect(await searchLog(tester, id, 'done')).toEqual({ found: [1], more: false })
  expect((await searchLog(tester, id, '%')).found).toEqual([1])
  expect((await searchLog(tester, id, '_')).found).toEqual([3])
})

test('a followed download goes on until the operation has ended, without a gap', async () => {
  const id = await makeOperation()
  await write(id, 1, ['one'])
  let waits = 0
  const follow = async () => {
    waits++
    if (waits === 1) await write(id, 2, ['two', 'three'])
    else await db.update(operations).set({ status: 'cancelled', finishedAt: new Date() }).where(eq(operations.id, id))
  }
  const seen: string[] = []
  for await (const page of streamLog(tester, id, follow, new AbortController().signal)) seen.push(page)
  expect(seen.join('')).toMatch(/^\S+Z davit stdout one\n\S+Z davit stdout two\n\S+Z davit stdout three\n$/)
})

test('a reader who has left is not followed any further', async () => {
  const id = await makeOperation()
  const gone = new AbortController()
  gone.abort()
  for await (const page of streamLog(tester, id, () => new Promise(() => {}), gone.signal)) expect(page).toBe('')
})
