export type Cell = string | number | null | undefined

/**
 * One record as RFC 4180 has it, with CRLF. A text that a spreadsheet would take for a formula, because it begins
 * with `=`, `+`, `-`, `@`, a tab or a carriage return, gets an apostrophe before it; numbers stay as they are.
 */
export function csvRecord(cells: Cell[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`
}

function csvCell(cell: Cell): string {
  if (cell === null || cell === undefined) return ''
  if (typeof cell === 'number') return String(cell)
  const safe = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
