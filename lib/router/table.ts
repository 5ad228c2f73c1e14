import { z } from 'zod'

/** What the router routes by. It is replaced whole; the generation only rises. */
export const RouterTable = z.object({
  generation: z.number().int().nonnegative(),
  endpoints: z.array(
    z.object({
      id: z.number().int(),
      /** A host name on the router's port, or a port of its own. Exactly one is given. */
      host: z.string().nullable(),
      port: z.number().int().nullable(),
      containers: z.array(z.object({ name: z.string(), host: z.string(), port: z.number().int() })),
      health: z.object({ path: z.string(), strict: z.boolean() }),
      /** HTML the owner wrote for this endpoint; null: Davit's own page. */
      maintenancePage: z.string().nullable(),
    }),
  ),
})
export type RouterTable = z.infer<typeof RouterTable>

/** Since the router's table file was first made; they survive the router's restart. */
export interface EndpointCounters {
  /** Requests taken from clients. */
  requests: number
  /** Of those: answered by the router with 502 or 504, or cut, because a container could not be reached or broke off. A client that leaves is no loss. */
  lost: number
  /** Of those: answered with the maintenance page (503), because no healthy container was there. */
  maintenance: number
}

export interface RouterStatus {
  generation: number
  endpoints: Record<number, EndpointCounters>
  /** By container name: in rotation or not and why, and the requests now in flight. */
  containers: Record<string, { healthy: boolean; reason: string; inFlight: number }>
}
