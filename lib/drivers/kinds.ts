/** What screens have to know of the drivers there are. Data alone: browsers get it too. */
export interface DriverKind {
  name: string
  about: string
  /** What a stack with it is asked for. */
  settings: readonly SettingField[]
  /** Whether there is an engine that may not answer. */
  hasEngine: boolean
  /** Whether it sees to the memory and the processors of a container. */
  hasLimits: boolean
  /** Whether databases are started from programs of the machine, where it has them. */
  takesPrograms: boolean
  /** Where an app may come from; the first is offered first. */
  sources: readonly [SourceKind, ...SourceKind[]]
}

/** `engine`: where it is reached, which can be tried. */
export type SettingField =
  | { kind: 'engine'; name: string; label: string; hint: string; initial: string }
  | { kind: 'registries'; name: string }
  | { kind: 'places'; name: string }

export interface SourceKind {
  from: 'git' | 'image'
  name: string
  about: string
  address: { legend: string; label: string; placeholder: string; hint?: string }
  credential: { wanted: string; label: string; hint: string; rows: number }
  ref: { label: string; hint: string; initial: string }
  /** What a version of it is called. */
  version: string
  hasBuildCommand: boolean
  looking: string
}

const git: SourceKind = {
  from: 'git',
  name: 'A git repository with a Procfile',
  about: 'Davit fetches it and starts the services that its Procfile names.',
  address: { legend: 'Git repository', label: 'URL or path', placeholder: 'https://git.example.org/shop/storefront.git' },
  credential: { wanted: 'It needs a deploy key or token', label: 'Deploy key or token', hint: 'A private key for ssh; for https a token, or user:token. Encrypted at rest and never shown again.', rows: 3 },
  ref: { label: 'Branch, tag or commit', hint: "What is deployed unless something else is asked for. HEAD is the repository's own default.", initial: 'HEAD' },
  version: 'Commit',
  hasBuildCommand: true,
  looking: 'Looking at the repository…',
}

const dockerfile: SourceKind = {
  ...git,
  name: 'A git repository with a Dockerfile',
  about: "The engine builds its image. Services come from its Procfile and davit.yml; without any there is one, web, with the image's own command.",
  hasBuildCommand: false,
}

const image: SourceKind = {
  from: 'image',
  name: 'An image from a registry',
  about: "A tag is resolved to a digest with each deploy, and a rollback gets the same bytes. Services come from the image's Procfile and davit.yml; without any there is one, web, with the image's own command.",
  address: { legend: 'Image', label: 'Name', placeholder: 'registry.example.org/shop/storefront:1.4', hint: 'Its tag or digest may follow, or have its own field. Without a registry it is Docker Hub’s.' },
  credential: { wanted: 'It needs a credential of its own', label: 'Credential of the registry', hint: 'A token, or user:token. Encrypted at rest and never shown again. What the stack has for its registry need not be given again.', rows: 2 },
  ref: { label: 'Tag or digest', hint: 'What is deployed unless something else is asked for. Left empty: what follows the name, or latest.', initial: '' },
  version: 'Digest',
  hasBuildCommand: false,
  looking: 'Asking the registry…',
}

export const driverKinds = {
  local: {
    name: 'Local processes',
    about: 'Containers are processes on the machine that Davit runs on.',
    settings: [{ kind: 'places', name: 'places' }],
    hasEngine: false,
    hasLimits: false,
    takesPrograms: true,
    sources: [git],
  },
  docker: {
    name: 'Docker',
    about: 'Containers of a Docker engine on the machine that Davit runs on.',
    settings: [
      { kind: 'engine', name: 'socketPath', label: 'Socket of the engine', hint: 'Davit must be allowed to open it.', initial: '/var/run/docker.sock' },
      { kind: 'registries', name: 'registries' },
    ],
    hasEngine: true,
    hasLimits: true,
    takesPrograms: false,
    sources: [image, dockerfile],
  },
} satisfies Record<string, DriverKind>

/** Tests bring drivers of their own, which are treated as the first one is. */
export function kindOf(driver: string): DriverKind {
  return Object.hasOwn(driverKinds, driver) ? driverKinds[driver as keyof typeof driverKinds] : driverKinds.local
}

export function sourceKindOf(driver: string, from: SourceKind['from']): SourceKind {
  const { sources } = kindOf(driver)
  return sources.find((source) => source.from === from) ?? sources[0]
}
