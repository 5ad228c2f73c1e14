import fc from 'fast-check'
import { expect, test } from 'vitest'
import { beginningOf, endOf, isoName, weekOf } from './week.ts'

test('a week begins on Monday, 00:00 UTC, and its last instant is Sunday’s', () => {
  expect(weekOf(new Date('2026-11-16T00:00:00.000Z'))).toBe('2026-11-16')
  expect(weekOf(new Date('2026-11-15T23:59:59.999Z'))).toBe('2026-11-09')
  expect(weekOf(new Date('2026-11-22T23:59:59.999Z'))).toBe('2026-11-16')
  expect(endOf('2026-11-16').toISOString()).toBe('2026-11-23T00:00:00.000Z')
})

test('weeks have the names that ISO 8601 gives them, around the turn of the year too', () => {
  const named = { '2026-11-16': '2026-W47', '2020-12-28': '2020-W53', '2021-01-04': '2021-W01', '2024-12-30': '2025-W01', '2022-12-26': '2022-W52', '2018-12-31': '2019-W01' }
  for (const [week, name] of Object.entries(named)) expect(isoName(week)).toBe(name)
})

test('every instant lies in exactly one week', () => {
  fc.assert(
    fc.property(fc.date({ min: new Date('1990-01-01'), max: new Date('2100-01-01'), noInvalidDate: true }), (instant) => {
      const week = weekOf(instant)
      expect(beginningOf(week).getTime()).toBeLessThanOrEqual(instant.getTime())
      expect(endOf(week).getTime()).toBeGreaterThan(instant.getTime())
      expect(weekOf(new Date(endOf(week).getTime() - 1))).toBe(week)
      expect(weekOf(endOf(week))).not.toBe(week)
    }),
  )
})
