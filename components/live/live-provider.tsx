'use client'

import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { openHints, type ClientHint } from './hint-source.ts'

/** Lists move at most this often, however much happens. */
const listMs = 400

export function LiveProvider({ children }: { children: React.ReactNode }) {
  const [client] = useState(() => new QueryClient({ defaultOptions: { queries: { staleTime: 30_000, retry: 2, refetchOnWindowFocus: 'always' } } }))
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | null = null
    const lists = () => {
      timer = null
      void client.invalidateQueries({ queryKey: ['list'] })
    }
    return openHints(({ kind, about }: ClientHint) => {
      if (kind === 'everything') void client.invalidateQueries()
      if (kind === 'operations') {
        void client.invalidateQueries({ queryKey: ['operation', about] })
        timer ??= setTimeout(lists, listMs)
      }
      if (kind === 'logs') void client.invalidateQueries({ queryKey: ['log', about, 'tail'] })
    })
  }, [client])
  return <QueryClientProvider client={client}>{children}</QueryClientProvider>
}
