'use client'

import { useEffect, useState } from 'react'
import type { ParseResult } from 'papaparse'

export type Cells = Record<string, string>
export type Outcome = 'succeeded' | 'failed' | 'cancelled'
export type Read = {
  /** How many rows have been read; all of them once it is done. */
  rows: number
  first: Cells[]
  /** Day in UTC → how many ended how. */
  days: Record<string, Record<Outcome, number>>
  done: boolean
  failed: boolean
}

/** What a screen can show of a table; the download has it whole. */
export const shownMax = 200
const chunkBytes = 1024 * 1024

const nothing: Read = { rows: 0, first: [], days: {}, done: false, failed: false }

/** Reads the CSV that the download gives, a megabyte at a time, so that a large one neither fills the memory nor stops the page. */
export function useReport(href: string): Read {
  const [read, setRead] = useState(nothing)
  useEffect(() => {
    const abort = new AbortController()
    setRead(nothing)
    readReport(href, abort.signal, (part) => setRead((before) => added(before, part)))
      .then(() => setRead((before) => ({ ...before, done: true })))
      .catch(() => abort.signal.aborted || setRead((before) => ({ ...before, failed: true })))
    return () => abort.abort()
  }, [href])
  return read
}

async function readReport(href: string, signal: AbortSignal, take: (rows: Cells[]) => void): Promise<void> {
  const [{ default: Papa }, response] = await Promise.all([import('papaparse'), fetch(href, { signal })])
  if (!response.ok) throw new Error(`${href} answered ${response.status}`)
  const file = await response.blob()
  await new Promise<void>((resolve, reject) => {
    Papa.parse<Cells>(file as File, {
      header: true,
      skipEmptyLines: true,
      newline: '\r\n',
      chunkSize: chunkBytes,
      chunk: ({ data }: ParseResult<Cells>, parser) => (signal.aborted ? parser.abort() : take(data)),
      complete: () => resolve(),
      error: reject,
    })
  })
}

function added(before: Read, rows: Cells[]): Read {
  const days = { ...before.days }
  for (const { finished_at, status } of rows) {
    const day = finished_at!.slice(0, 10)
    const counts = days[day] ?? { succeeded: 0, failed: 0, cancelled: 0 }
    days[day] = { ...counts, [status as Outcome]: counts[status as Outcome] + 1 }
  }
  return { ...before, rows: before.rows + rows.length, first: [...before.first, ...rows].slice(0, shownMax), days }
}
