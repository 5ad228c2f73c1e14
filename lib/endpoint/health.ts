import type { HealthRow } from '#drizzle/schema/endpoint.ts'

/** What is asked of a container, at its release and ever after: strict means 200, from /healthcheck unless another path is given. */
export function checkedPath({ path, strict }: Pick<HealthRow, 'path' | 'strict'>): string {
  return strict && path === '/' ? '/healthcheck' : path
}
