/** Decisions that come out the same for the same seed. Each purpose has a stream of its own, so that timing does not mix them up. */
export interface Chance {
  /** A whole number from `first` to `last`, both included. */
  between(first: number, last: number): number
  /** True that often. */
  happens(share: number): boolean
  oneOf<T>(choices: readonly T[]): T
  /** A key, by its weight. */
  weighted<Name extends string>(weights: Record<Name, number>): Name
}

export function chanceFrom(seed: number, purpose: string): Chance {
  let state = [...purpose].reduce((sum, letter) => Math.imul(sum ^ letter.charCodeAt(0), 0x01000193), seed ^ 0x811c9dc5)
  // mulberry32: small, and good enough to choose with.
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const chance: Chance = {
    between: (first, last) => first + Math.floor(next() * (last - first + 1)),
    happens: (share) => next() < share,
    oneOf: (choices) => choices[chance.between(0, choices.length - 1)]!,
    weighted(weights) {
      const names = Object.keys(weights) as (keyof typeof weights)[]
      let left = next() * names.reduce((sum, name) => sum + weights[name], 0)
      return names.find((name) => (left -= weights[name]) < 0) ?? names.at(-1)!
    },
  }
  return chance
}
