'use client'

import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { openHints } from './hint-source.ts'
import { paced } from './paced.ts'
import { readJson } from './read-json.ts'

/** Between two reads of the same thing, however much happens. */
const gapMs = { operation: 100, log: 150, list: 500, offline: 3000 }

export function LiveProvider({ children }: { children: React.ReactNode }) {
  const [client] = useState(() => new QueryClient({ defaultOptions: { queries: { staleTime: 30_000, retry: 2, refetchOnWindowFocus: false } } }))
  useEffect(() => {
    const readers = new Map<string, () => void>()
    const read = (queryKey: (string | number)[], gap: number) => {
      const name = queryKey.join()
      if (!readers.has(name)) readers.set(name, paced(() => client.invalidateQueries({ queryKey }), gap))
      readers.get(name)?.()
    }
    // Pages of a log that are full never change.
    const readAll = paced(() => client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'log' || queryKey[2] === 'tail' }), gapMs.list)
    // A session that was ended leads to the way in; of anything else the notice speaks.
    const askWhy = paced(() => readJson('/api/session', new AbortController().signal), gapMs.offline)
    const leave = openHints(({ kind, about }) => {
      if (kind === 'everything') readAll()
      if (kind === 'offline') askWhy()
      if (kind === 'operations') {
        read(['operation', about], gapMs.operation)
        read(['list'], gapMs.list)
      }
      if (kind === 'activity') read(['list', 'activity'], gapMs.list)
      if (kind === 'logs') read(['log', about, 'tail'], gapMs.log)
      if (kind === 'containers') read(['containers', about], gapMs.list)
    })
    // A laptop that wakes up may believe in a stream that is long dead.
    const wake = () => document.visibilityState === 'visible' && readAll()
    document.addEventListener('visibilitychange', wake)
    return () => {
      leave()
      document.removeEventListener('visibilitychange', wake)
    }
  }, [client])
  return <QueryClientProvider client={client}>{children}</QueryClientProvider>
}
