import { expect, test } from 'vitest'
import { formatDuration } from './duration.ts'

test('shows as much as is of use', () => {
  expect([400, 12_345, 59_990, 125_000, 3_840_000, 266_400_000].map(formatDuration)).toEqual([
    '0.4 s', '12 s', '1 min 00 s', '2 min 05 s', '1 h 04 min', '3 d 2 h',
  ])
})
