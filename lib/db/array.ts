/**
 * A Postgres array as it is written, for a parameter with a cast: `any(${arrayOf(ids)}::bigint[])`. The pool knows no
 * array types: to learn them postgres.js asks on each new connection, leaves the answer to itself, and when the
 * server goes meanwhile ends the process, or writes arrays that Postgres cannot read from then on.
 */
export function arrayOf(values: readonly (number | string)[]): string {
  return `{${values.map((value) => (typeof value === 'number' ? value : `"${value.replace(/["\\]/g, '\\$&')}"`)).join(',')}}`
}
