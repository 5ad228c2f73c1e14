import { expect, test } from 'vitest'
import { formatBytes, formatMegabytes } from './bytes.ts'

test('shows as much as is of use', () => {
  expect([512, 2560, 5 * 1024 ** 2, 1.5 * 1024 ** 3].map(formatBytes)).toEqual(['512 B', '2.5 KB', '5.0 MB', '1.5 GB'])
})

test('shows a size as it was given', () => {
  expect([256, 1000, 1024, 1536, 2048, 2500].map(formatMegabytes)).toEqual(['256 MB', '1,000 MB', '1 GB', '1.5 GB', '2 GB', '2,500 MB'])
})
