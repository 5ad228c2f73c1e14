/** One line a figure, for people and programs. */
export function printFigure(bench: string, figure: string, value: number, unit: string, baseline: number | null): void {
  const ratio = baseline === null ? null : round(value / baseline)
  console.log(JSON.stringify({ bench, figure, value: round(value), unit, baseline: baseline === null ? null : round(baseline), ratio }))
}

/** The value below which that share lies. */
export function percentile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

export const median = (values: number[]) => percentile(values, 0.5)

/** Of the round whose ratio lies in the middle, so that value and baseline were measured side by side. */
export function middleRound<Round extends { value: number; baseline: number }>(rounds: Round[]): Round {
  const sorted = rounds.toSorted((a, b) => a.value / a.baseline - b.value / b.baseline)
  return sorted[Math.floor(sorted.length / 2)]!
}

const round = (value: number) => Math.round(value * 1000) / 1000
