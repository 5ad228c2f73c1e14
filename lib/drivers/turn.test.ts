import { mkdtempSync, rmSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { recordIo } from './contract/world.ts'
import type { PullRequest } from './driver.ts'
import { type Locks, openLocks } from './machine/lock.ts'
import { betweenTurns, inTurn, type Turns } from './turn.ts'

let turns: Turns
beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), 'davit-turns-'))
  mkdirSync(join(folder, 'git'))
  turns = { folder, imageLocks: openLocks(join(folder, 'locks')) }
})
afterEach(() => rmSync(turns.folder, { recursive: true }))

const owner = 7
const request = (name: string) => ({ owner: { id: owner }, name }) as PullRequest
/** Somebody's turn that begins at once, and ends when it is told to. */
async function begin(name: string) {
  const [begun, told] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const over = inTurn(turns, request(name), recordIo(), async () => {
    begun.resolve()
    await told.promise
  })
  await begun.promise
  return { end: async () => (told.resolve(), await over) }
}

/** The same locks, where something happens before somebody takes one. */
const after = (happens: (lock: string) => Promise<void> | void): Turns => ({
  ...turns,
  imageLocks: {
    ...turns.imageLocks,
    alone: async (name, ...rest) => (await happens(name), await turns.imageLocks.alone(name, ...rest)),
    aloneIfFree: async (name, run) => (await happens(name), await turns.imageLocks.aloneIfFree(name, run)),
  } satisfies Locks,
})

test('nobody comes between two turns when the turn that was free is no longer the last one', async () => {
  const asleep = await begin('deploy 1')
  const late = after(async () => {
    overtaking = await begin('deploy 1')
    await asleep.end()
  })
  let overtaking = asleep
  expect(await betweenTurns(late, owner, async () => 'alone')).toBeNull()
  await overtaking.end()
  expect(await betweenTurns(turns, owner, async () => 'alone')).toBe('alone')
})

test('who has waited for a turn that was overtaken waits for the one that is under way', async () => {
  const told: string[] = []
  const asleep = await begin('deploy 1')
  const [waits, waitsAgain] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const patient = after((lock) => (lock.endsWith('turn 0') ? waits : waitsAgain).resolve())
  const next = inTurn(patient, request('deploy 2'), recordIo(), async () => void told.push('the next begins'))
  await waits.promise
  const overtaking = await begin('deploy 1')
  await asleep.end()
  await Promise.race([waitsAgain.promise, next])
  told.push('the one under way ends')
  await overtaking.end()
  await next
  expect(told).toEqual(['the one under way ends', 'the next begins'])
})
