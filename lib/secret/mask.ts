const SECRET_LENGTH_MIN = 8

/** Replaces, before a text is stored, secret values of eight characters and more, and what a text in Postgres cannot hold. */
export interface Mask {
  add(values: string[]): void
  apply(text: string): string
}

export function createMask(): Mask {
  let secrets: string[] = []
  return {
    add(values) {
      // A secret of several lines, such as a key, comes out of a container line by line.
      const lines = values.flatMap((value) => value.split(/\r?\n/)).filter((line) => line.length >= SECRET_LENGTH_MIN)
      // The longest first: one secret may begin with another.
      secrets = [...new Set([...secrets, ...lines])].toSorted((a, b) => b.length - a.length)
    },
    apply: (text) => secrets.reduce((masked, secret) => masked.replaceAll(secret, '[secret]'), text.replaceAll('\0', '\uFFFD').toWellFormed()),
  }
}
