const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' })
const whole = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' })
const dayMs = 24 * 3600 * 1000

/** "9 Nov to 15 Nov 2026"; the end belongs to the next week. */
export function daysOf(week: string, until: string): string {
  const last = Date.parse(until) - 1
  return `${day.format(Date.parse(`${week}T00:00:00Z`))} to ${whole.format(last)}`
}

/** The seven days of the week in which a day lies, as `2026-11-16`. */
export function weekDays(since: string): string[] {
  const first = Date.parse(`${since}T00:00:00Z`)
  const monday = first - ((new Date(first).getUTCDay() + 6) % 7) * dayMs
  return Array.from({ length: 7 }, (_, index) => new Date(monday + index * dayMs).toISOString().slice(0, 10))
}

/** "Mon 9 Nov". */
export const dayName = (date: string) => new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric', month: 'short', timeZone: 'UTC' }).format(Date.parse(`${date}T00:00:00Z`))

/** Undoes what keeps a spreadsheet from taking a cell for a formula: text that begins with an apostrophe was given one. See the README. */
export const textOf = (cell: string) => (cell.startsWith("'") ? cell.slice(1) : cell)
