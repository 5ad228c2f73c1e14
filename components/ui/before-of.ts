/** As large as a number of a release can be. */
const beforeMax = 2 ** 31 - 1

/** Where a page of a list begins, from its address; null: at the newest, also for what is no such place. */
export function beforeOf({ before }: { before?: string | string[] }): number | null {
  const number = Number(before)
  return Number.isInteger(number) && number > 0 && number <= beforeMax ? number : null
}
