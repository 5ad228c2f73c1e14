import type { Limits, ManifestRow } from '#drizzle/schema/release.ts'

export type { Limits }

/** 0 lifts a limit; what is not given stays as it was. */
export type LimitChange = Record<string, Limits>

/** What the release before limited its services to, with a change. */
export function withLimits(manifest: ManifestRow, former: ManifestRow | undefined, change: LimitChange = {}): ManifestRow {
  const services = Object.entries(manifest.services).map(([name, row]) => {
    const { limits: _, ...service } = row
    const limits = lifted({ ...limitsOf(former, name), ...(Object.hasOwn(change, name) ? change[name] : {}) })
    return [name, Object.keys(limits).length === 0 ? service : { ...service, limits }] as const
  })
  return { ...manifest, services: Object.fromEntries(services) }
}

export function limitsOf(manifest: Pick<ManifestRow, 'services'> | null | undefined, service: string): Limits {
  return (manifest && Object.hasOwn(manifest.services, service) && manifest.services[service]?.limits) || {}
}

export const limitsIn = (manifest: ManifestRow) => Object.fromEntries(Object.keys(manifest.services).map((service) => [service, limitsOf(manifest, service)]))

function lifted({ memoryMb, cpus }: Limits): Limits {
  return { ...(memoryMb ? { memoryMb } : {}), ...(cpus ? { cpus } : {}) }
}

/** "256 MB and 0.5 processors", or "no limit". */
export function limitWords({ memoryMb, cpus }: Limits): string {
  const words = [...(memoryMb ? [`${memoryMb} MB`] : []), ...(cpus ? [`${cpus} ${cpus === 1 ? 'processor' : 'processors'}`] : [])]
  return words.join(' and ') || 'no limit'
}
