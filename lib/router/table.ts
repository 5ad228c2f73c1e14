import { z } from 'zod'

const port = z.number().int().min(1).max(65_535)

export const RouterEndpoint = z
  .object({
    id: z.number().int(),
    /** A host name on the router's port, or a port of its own. Exactly one is given. */
    host: z.string().toLowerCase().nullable(),
    port: port.nullable(),
    /** Names are unique among all containers that ever were; the same container may serve several endpoints. */
    containers: z.array(z.object({ name: z.string(), host: z.string(), port })),
    /** Any HTTP answer at that path counts; strict wants a 200. */
    health: z.object({ path: z.string().startsWith('/'), strict: z.boolean() }),
    /** HTML the owner wrote for this endpoint; null: Davit's own page. */
    maintenancePage: z.string().nullable(),
  })
  .refine(({ host, port: own }) => (host === null) !== (own === null), 'an endpoint has either a host name or a port of its own')
export type RouterEndpoint = z.infer<typeof RouterEndpoint>

/** What the router routes by. It is replaced whole; the generation only rises. */
export const RouterTable = z
  .object({ generation: z.number().int().nonnegative(), endpoints: z.array(RouterEndpoint) })
  .superRefine(({ endpoints }, context) => {
    const taken = new Set<string>()
    for (const { id, host, port: own } of endpoints) {
      for (const key of [`id ${id}`, `address ${host ?? `:${own}`}`]) {
        if (taken.has(key)) context.addIssue({ code: 'custom', message: `two endpoints have the ${key}` })
        taken.add(key)
      }
    }
  })
export type RouterTable = z.infer<typeof RouterTable>

/** Since the router's files were first made. They survive its restart; kill -9 forgets at most the last second. */
export interface EndpointCounters {
  /** Requests taken from clients, WebSockets included. */
  requests: number
  /**
   * Of those: answered by the router with 502 or 504, or cut, because a container broke off, or because the time
   * to drain it was over. A client that leaves is no loss, nor is a WebSocket that is cut at the end of a drain.
   */
  lost: number
  /** Of those: answered with the maintenance page (503), because no healthy container was there. */
  maintenance: number
}

export interface RouterStatus {
  pid: number
  /** Where it takes requests for endpoints with a host name. */
  host: string
  port: number
  generation: number
  /** By endpoint id; also of endpoints that are no longer in the table. */
  endpoints: Record<number, EndpointCounters>
  /** By container name: in rotation or not and why, and the requests now in flight. Also those that still drain. */
  containers: Record<string, { healthy: boolean; reason: string; inFlight: number }>
  /** By id of the endpoints in the table: how many containers each has, and how many of them are in rotation. A router of an older version does not say. */
  serving?: Record<number, { containers: number; healthy: number }>
}
