import { expect, it } from 'vitest'
import { outputBytesMax, wordsOfCheck } from './check-output.ts'

/** As an engine does. */
const kept = (output: string) => (output.length > outputBytesMax ? `${output.slice(0, outputBytesMax)}...` : output)

it.each([
  ['nothing', '\n', 'said nothing'],
  ['a line', 'the moon is not up\n', 'said "the moon is not up"'],
  ['more than is kept', `the moon is not up\n${'half a line of '.repeat(500)}`, 'said "the moon is not up"'],
  ['a long word', 'x'.repeat(5000), 'said a single word of more than 4 KB'],
  ['a word and a long one', `moonless ${'x'.repeat(5000)}`, 'said "moonless …"'],
])('of a check that said %s its whole lines are told, or its whole words', (_what, output, words) => {
  expect(wordsOfCheck(kept(output))).toBe(words)
})

it('tells the end of a single long line, and no half of a word', () => {
  const end = /^said "… (.*) …"$/.exec(wordsOfCheck(kept('password=hunter2hunter2 '.repeat(500))))![1]!
  expect(end.length).toBeGreaterThan(900)
  expect(end.length).toBeLessThanOrEqual(1000)
  expect(new Set(end.split(' '))).toEqual(new Set(['password=hunter2hunter2']))
})
