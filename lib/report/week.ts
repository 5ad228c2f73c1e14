const dayMs = 24 * 3600 * 1000
const weekMs = 7 * dayMs

/** The Monday, in UTC, of the week in which an instant lies: `2026-11-16`. A week is named by it. */
export function weekOf(instant: Date): string {
  const midnight = Math.floor(instant.getTime() / dayMs) * dayMs
  const daysSinceMonday = (new Date(midnight).getUTCDay() + 6) % 7
  return new Date(midnight - daysSinceMonday * dayMs).toISOString().slice(0, 10)
}

export const beginningOf = (week: string) => new Date(`${week}T00:00:00Z`)

/** The Monday after it, 00:00 UTC: the first instant that belongs to the next week. */
export const endOf = (week: string) => new Date(beginningOf(week).getTime() + weekMs)

/** As ISO 8601 names it: `2026-W47`. A week belongs to the year of its Thursday. */
export function isoName(week: string): string {
  const thursday = new Date(beginningOf(week).getTime() + 3 * dayMs)
  const year = thursday.getUTCFullYear()
  const number = Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / weekMs) + 1
  return `${year}-W${String(number).padStart(2, '0')}`
}
