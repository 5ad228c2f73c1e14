import { join } from 'node:path'
import { z } from 'zod'
import { config } from '../../config.ts'
import { Refusal } from '../../refusal.ts'
import { seal, unseal } from '../../secret/seal.ts'
import type { Registration } from '../registration.ts'
import { createDockerDriver } from './driver.ts'
import { probe } from './probe.ts'
import { isRegistry, type Registry } from './registries.ts'

const socketPath = z.string().trim().regex(/^\/[^\0\r\n]*$/, 'an absolute path, such as /var/run/docker.sock').max(107, 'at most 107 characters, or no system takes it')
const address = z.string().trim().refine(isRegistry, 'a host, with its port where it has one, such as registry.example.org:5000')

const Given = z.object({
  socketPath,
  /** In the order in which they are asked. */
  registries: z.array(z.object({ address, mirrorOf: address.optional(), credential: z.string().max(20_000).optional() })).max(20, 'at most 20').default([]),
})

const sealedRegistry = z.object({ address: z.string(), mirrorOf: z.string().nullable(), credential: z.string().nullable() })

/** `keep`: the credential that is kept for the same address stays. */
const Sealed = z.object({ socketPath: z.string(), registries: z.array(sealedRegistry.extend({ keep: z.boolean() })) })

const Kept = z.object({
  /** Whose an object on the engine is; made with the stack, and never another. */
  realm: z.string(),
  socketPath: z.string(),
  registries: z.array(sealedRegistry).default([]),
})

/** Reached by its Unix socket. Registries have an order, and some a credential, which is kept sealed. */
export const docker: Registration = {
  open({ id, settings }) {
    const { realm, socketPath, registries } = Kept.parse(settings)
    return createDockerDriver({
      socketPath,
      realm,
      registries: registries.map(opened),
      folder: join(config.dataPath, 'stacks', String(id)),
      machine: join(config.dataPath, 'machine'),
      uids: config.uids,
    })
  },
  Given,
  seal(given) {
    const { socketPath, registries } = Given.parse(given)
    return {
      socketPath,
      registries: registries.map(({ address, mirrorOf = null, credential }) => ({ address, mirrorOf, credential: credential ? seal(credential) : null, keep: !credential })),
    }
  },
  keep(sealed, former) {
    const { socketPath, registries } = Sealed.parse(sealed)
    const there = Kept.partial().parse(former).registries ?? []
    const of = (address: string) => there.find((registry) => registry.address === address)?.credential ?? null
    return { ...former, socketPath, registries: registries.map(({ keep, credential, ...registry }) => ({ ...registry, credential: keep ? of(registry.address) : credential })) }
  },
  show(kept) {
    const { socketPath, registries } = Kept.parse(kept)
    return { socketPath, registries: registries.map(({ credential, ...registry }) => ({ ...registry, credential: credential !== null })) }
  },
  engine: { where: (settings) => z.string().parse(settings['socketPath']), probe },
  places: null,
}

function opened({ credential, ...registry }: z.output<typeof sealedRegistry>): Registry {
  try {
    return { ...registry, credential: credential === null ? null : unseal(credential) }
  } catch {
    // It is bound to the key: there is nothing else that a decryption can fail over.
    throw new Refusal('unavailable', `The credential that is kept for ${registry.address} was sealed under another secret key. Enter it again under the stack's Settings, or start Davit with the key it had.`)
  }
}
