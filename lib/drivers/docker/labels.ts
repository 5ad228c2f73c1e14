import type { ContainerName } from '../driver.ts'
import { Refusal } from '../../refusal.ts'

/** What every object of ours carries; what carries another realm, or none, is not touched. */
export const label = {
  realm: 'davit.realm',
  name: 'davit.name',
  owner: 'davit.owner',
  environment: 'davit.environment',
  fence: 'davit.fence',
  image: 'davit.image',
  port: 'davit.port',
  address: 'davit.address',
  /** The name of the build whose network this is. */
  build: 'davit.build',
  /** Of a volume: its name and its size at first. */
  volume: 'davit.volume',
  size: 'davit.size',
  /** The volume at which a container is that does something to it, and serves nobody. */
  porter: 'davit.porter',
  /** As whom a container listens. */
  listener: 'davit.listener',
} as const

export type Labels = Record<string, string>

/** What the engine calls it: names are one space for everybody who shares the engine. */
export function engineName(realm: string, name: ContainerName): string {
  if (!/^[a-zA-Z0-9][a-zA-Z0-9._-]{0,127}$/.test(name)) {
    throw new Refusal('invalid', `"${name.slice(0, 40)}" cannot be a container's name: letters, digits, dots and dashes only, at most 128.`)
  }
  return `davit-${realm}-${name}`
}

export const filtersOf = (realm: string, ...more: string[]) => ({ label: [`${label.realm}=${realm}`, ...more] })
