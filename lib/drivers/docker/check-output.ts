import { linesShown } from '../health.ts'

/** What an engine keeps of the output of a check: its beginning. */
export const outputBytesMax = 4096
/** How much of a single long line is shown. */
const endMax = 1000

/** What a check said last, in words. Nothing cut in half is told: half of a secret would not be known for one. */
export function wordsOfCheck(output: string): string {
  if (output.trim() === '') return 'said nothing'
  const isCut = Buffer.byteLength(output) >= outputBytesMax
  const lines = (isCut ? output.slice(0, output.lastIndexOf('\n') + 1) : output).trim()
  if (lines !== '') return `said "${lines.split('\n').slice(-linesShown).join('\n')}"`
  const end = endOfLine(output)
  return end === '' ? `said a single word of more than ${outputBytesMax / 1024} KB` : `said "${end} …"`
}

/** Of a line that goes on: the last of its whole words. */
function endOfLine(line: string): string {
  const words = line.replace(/\S*$/, '').trim()
  if (words.length <= endMax) return words
  return `… ${words.slice(-endMax - 1).replace(/^\S*\s+/, '')}`
}
