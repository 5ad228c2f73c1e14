import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import type { Offer } from '#lib/database/offer.ts'
import { DatabaseForm } from './database-form.tsx'

const size = { least: 64, usual: 256 }
const offerOf = (troubles: Record<string, string | null>): Offer => ({
  types: Object.entries(troubles).map(([name, trouble]) => ({ name, title: name, versions: [`18 of ${name}`], memoryMb: size, volumeMb: size, trouble })),
  places: [],
  sizes: '',
  growsWhileUsed: true,
})

test.each([
  ['the first type', 'one', { one: null, two: null }],
  ['the first that can be had', 'two', { one: 'it will not', two: null, three: null }],
  ['the first where none can be had', 'one', { one: 'it will not', two: 'nor will it' }],
])('a new database begins with %s', (_which, type, troubles) => {
  const page = renderToStaticMarkup(<DatabaseForm environmentId={1} offer={offerOf(troubles)} />)
  expect(page).toContain(`<option value="${type}" selected="">`)
  expect(page).toContain(`18 of ${type}`)
})
