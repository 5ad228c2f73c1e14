import { expect, test } from 'vitest'
import { local } from './settings.ts'

test('a form gives the places beside the one that every stack has, and shows them again', () => {
  const given = local.Given.parse({ places: [{ name: 'fast', folder: '/mnt/fast' }] })
  const kept = local.keep(local.seal(given), { isolate: false })
  expect(kept).toEqual({ isolate: false, places: [{ name: 'local' }, { name: 'fast', folder: '/mnt/fast' }] })
  expect(local.show(kept)).toEqual(given)
  expect(local.show({})).toEqual({ places: [] })
})

test('a name or a folder that is taken, and a folder that is none, are told beside their fields', () => {
  const places = [{ name: 'local', folder: '/a' }, { name: 'fast', folder: 'b' }, { name: 'slow', folder: '/c' }, { name: 'slow', folder: '/d' }, { name: 'same', folder: '/c' }]
  const told = local.Given.safeParse({ places }).error?.issues.map(({ path }) => path.join('.'))
  expect(told?.toSorted()).toEqual(['places.0.name', 'places.1.folder', 'places.3.name', 'places.4.folder'])
})
