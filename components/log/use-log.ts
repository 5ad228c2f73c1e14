'use client'

import { useQueries, useQuery, useQueryClient } from '@tanstack/react-query'
import { readJson } from '#components/live/read-json.ts'
import type { LogLineSnapshot, LogPage } from '#lib/runner/log-queries.ts'

const pageLines = 200

const pageKey = (id: number, page: number) => ['log', id, page]
const pageOf = (seq: number) => Math.floor((seq - 1) / pageLines)

/** How many lines there are. The unfinished page at the end is read again with each hint; full ones never change. */
export function useLogEnd(id: number, ended: boolean) {
  const client = useQueryClient()
  const { data } = useQuery({
    queryKey: ['log', id, 'tail'],
    queryFn: async ({ signal }) => {
      const before = client.getQueryData<{ last: number }>(['log', id, 'tail'])?.last ?? 0
      const after = Math.floor(before / pageLines) * pageLines
      const answer = await readJson<LogPage>(`/api/operations/${id}/log?after=${after}&limit=${pageLines * 3}`, signal)
      for (let at = 0; at < answer.lines.length; at += pageLines) {
        client.setQueryData(pageKey(id, pageOf(after + at + 1)), answer.lines.slice(at, at + pageLines))
      }
      return { last: answer.last }
    },
    refetchInterval: ended ? false : 4000,
  })
  return data?.last ?? null
}

/** The lines of those numbers, as far as they are here yet. */
export function useLogLines(id: number, first: number, last: number, end: number): (seq: number) => LogLineSnapshot | undefined {
  const pages: number[] = []
  for (let page = pageOf(Math.max(1, first)); page <= pageOf(Math.max(1, last)); page++) pages.push(page)
  const results = useQueries({
    queries: pages.map((page) => ({
      queryKey: pageKey(id, page),
      queryFn: async ({ signal }: { signal: AbortSignal }) =>
        (await readJson<LogPage>(`/api/operations/${id}/log?after=${page * pageLines}&limit=${pageLines}`, signal)).lines,
      staleTime: Infinity,
      // What was scrolled past is let go: memory must not grow with the log.
      gcTime: 60_000,
      enabled: end > 0,
    })),
  })
  return (seq) => results[pageOf(seq) - (pages[0] ?? 0)]?.data?.[(seq - 1) % pageLines]
}

export function useLogSearch(id: number, text: string, ended: boolean) {
  const { data, isFetching, isPlaceholderData } = useQuery({
    queryKey: ['log', id, 'find', text],
    queryFn: ({ signal }) => readJson<{ found: number[]; more: boolean }>(`/api/operations/${id}/log?find=${encodeURIComponent(text)}`, signal),
    enabled: text !== '',
    refetchInterval: ended ? false : 3000,
    placeholderData: (before) => (text === '' ? undefined : before),
  })
  return { found: data?.found ?? [], more: data?.more ?? false, searching: isFetching && !data, answered: data !== undefined && !isPlaceholderData }
}
