import { isImageName } from '../fetchable.ts'
import type { Source } from '../sources.ts'

/** A registry as a stack knows it, its credential in the clear. */
export interface Registry {
  /** Host, port where it has one, and a path where all its images have one. */
  address: string
  /** The registry in whose place it is asked first: it is a mirror or a pull-through cache of it. */
  mirrorOf: string | null
  credential: string | null
}

export const isRegistry = (address: string) => isImageName(`${address}/x`) && hasHost(address)

const hasHost = (name: string) => /^(localhost|[^/]*[.:][^/]*)(\/|$)/.test(name)

/** Where an image is asked for, in this order: by each source at what stands in for its registry, then at the registry. */
export function placesOf(sources: Source[], registries: Registry[]): Source[] {
  return sources.flatMap((source, index) => {
    if (!isImageName(source.url)) return { ...source, of: index }
    const [registry, path] = partsOf(source.url)
    const mirrors = registries.filter(({ mirrorOf }) => mirrorOf === registry)
    const own = registries.find(({ address, mirrorOf }) => mirrorOf === null && address === registry)
    return [
      ...mirrors.map(({ address, credential }) => ({ url: `${address}/${path}`, credential, of: null })),
      { url: source.url, credential: source.credential ?? own?.credential ?? null, of: index },
    ]
  })
}

/** What has no registry in its name is Docker Hub's, which has a folder for what has no folder either. */
function partsOf(name: string): [string, string] {
  if (!hasHost(name)) return ['docker.io', name.includes('/') ? name : `library/${name}`]
  const slash = name.indexOf('/')
  return [name.slice(0, slash), name.slice(slash + 1)]
}

/** A token alone needs no user, but the engine wants one. */
export function loginOf(credential: string): { username: string; password: string } {
  const colon = credential.indexOf(':')
  return colon === -1 ? { username: 'token', password: credential } : { username: credential.slice(0, colon), password: credential.slice(colon + 1) }
}

/** For a build, which fetches what its Dockerfile names. It sees none of them itself. */
export function loginsOf(registries: Registry[]): Record<string, { username: string; password: string }> {
  return Object.fromEntries(registries.flatMap(({ address, credential }) => (credential === null ? [] : [[loginKey(address), loginOf(credential)]])))
}

/** What the engine looks a registry's login up by; Docker Hub has an old name there. */
function loginKey(address: string): string {
  const host = address.split('/')[0] as string
  return ['docker.io', 'index.docker.io', 'registry-1.docker.io'].includes(host) ? 'https://index.docker.io/v1/' : host
}
