'use client'

import { createContext, useContext } from 'react'

/** A scope, or several that are needed together; `owner` is for owners. */
export type Needs = string | readonly string[]

/** Scopes held where the page is; `all` for owners. */
type Held = 'all' | readonly string[]

const HeldScopes = createContext<Held>([])

/** The server says once per place what is held there (components/shell/access.tsx); verbs ask again. */
export function HeldScopesProvider({ held, children }: { held: Held; children: React.ReactNode }) {
  return <HeldScopes value={held}>{children}</HeldScopes>
}

/** What is lacking, in words for a button; null when it may be pressed. */
export function useLacking(needs: Needs | undefined): string | null {
  const held = useContext(HeldScopes)
  if (needs === undefined || held === 'all') return null
  const lacking = [needs].flat().filter((scope) => !held.includes(scope) && (scope === 'owner' || !held.includes('admin')))
  if (lacking.length === 0) return null
  return lacking.includes('owner') ? 'owners only' : `needs ${lacking.join(' and ')}`
}
