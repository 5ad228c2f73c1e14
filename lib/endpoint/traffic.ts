import { eq } from 'drizzle-orm'
import { endpoints } from '#drizzle/schema/endpoint.ts'
import { db } from '../db/client.ts'
import { Refusal } from '../refusal.ts'
import { routerStatus } from '../router/client.ts'

export interface Traffic {
  requests: number
  lost: number
  /** Of the requests: answered by the maintenance page. */
  maintenance: number
}

/** What the router has counted so far for all endpoints an app ever had; null while it does not answer: no operation fails for want of a count. */
export async function readTraffic(appId: number): Promise<Traffic | null> {
  const [ids, status] = await Promise.all([
    db.select({ id: endpoints.id }).from(endpoints).where(eq(endpoints.appId, appId)),
    routerStatus().catch((error: unknown) => {
      if (error instanceof Refusal) return null
      throw error
    }),
  ])
  if (status === null) return null
  return ids.reduce(
    (sum, { id }) => ({
      requests: sum.requests + (status.endpoints[id]?.requests ?? 0),
      lost: sum.lost + (status.endpoints[id]?.lost ?? 0),
      maintenance: sum.maintenance + (status.endpoints[id]?.maintenance ?? 0),
    }),
    { requests: 0, lost: 0, maintenance: 0 },
  )
}
