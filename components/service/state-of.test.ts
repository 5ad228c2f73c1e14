import { expect, test } from 'vitest'
import { isDown, type Seen, stateOf } from './state-of.ts'

const container = (given: Partial<Seen>): Seen => ({ phase: 'wanted', seen: 'running', seenExitCode: null, startRefusal: null, nextStartAt: null, ...given })

test.each<[string, Partial<Seen>]>([
  ['running', {}],
  ['running', { seen: null }],
  ['gone, is started again', { seen: 'gone' }],
  ['ended with 0, is started again', { seen: 'ended', seenExitCode: 0 }],
  ['ended with an unknown code, is started again', { seen: 'ended' }],
  ['gone, could not be started again: The image one is not there', { seen: 'gone', startRefusal: 'The image one is not there.' }],
  ['new, not serving yet', { phase: 'new', seen: null }],
  ['new, not serving yet', { phase: 'new' }],
  ['ended with 3', { phase: 'new', seen: 'ended', seenExitCode: 3 }],
])('says "%s"', (words, given) => {
  expect(stateOf(container(given)).word).toBe(words)
  expect(isDown(container(given))).toBe(words.includes('started again'))
})
