import { expect, test } from 'vitest'
import { formatBytes, formatMegabytes, formatUse } from './bytes.ts'

test('shows as much as is of use', () => {
  expect([512, 2560, 5 * 1024 ** 2, 1.5 * 1024 ** 3].map(formatBytes)).toEqual(['512 B', '2.5 KB', '5.0 MB', '1.5 GB'])
})

test('shows a size as it was given', () => {
  expect([256, 1000, 1024, 1536, 2048, 2500].map(formatMegabytes)).toEqual(['256 MB', '1,000 MB', '1 GB', '1.5 GB', '2 GB', '2,500 MB'])
})

test('shows what is used of a size in the unit of that size', () => {
  const pairs = [[1331, 2600], [1331, 2048], [1024, 1024], [40, 2048], [39.2, 100]] as const
  expect(pairs.map(([used, size]) => Object.values(formatUse(used, size)).join(' of '))).toEqual(['1,331 MB of 2,600 MB', '1.3 GB of 2 GB', '1.0 GB of 1 GB', '40 MB of 2,048 MB', '40 MB of 100 MB'])
})
