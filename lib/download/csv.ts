export type Cell = string | number | null | undefined

/**
 * One record as RFC 4180 has it, with CRLF. A text that a spreadsheet would take for a formula, because it begins
 * with `=`, `+`, `-`, `@`, a tab or a line break, gets an apostrophe before it, and so does one that begins with an
 * apostrophe, so that it can be undone; numbers stay as they are. Reports have the same rule (lib/report).
 */
export function csvRecord(cells: Cell[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`
}

function csvCell(cell: Cell): string {
  if (cell === null || cell === undefined) return ''
  if (typeof cell === 'number') return String(cell)
  const safe = /^[=+\-@\t\r\n']/.test(cell) ? `'${cell}` : cell
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
