import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const specs = join(import.meta.dirname, '../e2e')

/** What stands on a page whose link was pressed is still there until the next one comes. */
test('no spec presses a link by itself: it follows it to the next page, or downloads', () => {
  const lines = readdirSync(specs)
    .filter((name) => name.endsWith('.spec.ts'))
    .flatMap((name) => readFileSync(join(specs, name), 'utf8').split('\n').map((line) => `${name}: ${line.trim()}`))
  expect(lines.filter((line) => /getByRole\('link',[^)]*\)(\.\w+\(\d*\))?\.(dbl)?click\(/.test(line))).toEqual([])
})
