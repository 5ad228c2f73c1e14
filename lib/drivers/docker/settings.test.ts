import { expect, test } from 'vitest'
import { unseal } from '../../secret/seal.ts'
import { docker } from './settings.ts'

const secret = 'davit:xyzzy-plugh-0123456789'
const given = (registries: object[]) => docker.Given.parse({ socketPath: '/run/docker.sock', registries })
const made = { engine: 'ABCD', realm: 'installation-1' }

test('a credential is sealed before it is recorded, kept while none is given anew, and shown nowhere', () => {
  const sealed = docker.seal(given([{ address: 'registry.example', credential: secret }]))
  expect(JSON.stringify(sealed)).not.toContain('xyzzy')
  const first = docker.keep(sealed, made)
  expect(first).toMatchObject(made)
  const again = docker.keep(docker.seal(given([{ address: 'other.example' }, { address: 'registry.example', mirrorOf: 'docker.io' }])), first)
  const { registries } = again as { registries: { address: string; credential: string | null }[] }
  expect(registries.map(({ credential }) => credential && unseal(credential))).toEqual([null, secret])
  expect(docker.show(again)).toEqual({
    socketPath: '/run/docker.sock',
    registries: [{ address: 'other.example', mirrorOf: null, credential: false }, { address: 'registry.example', mirrorOf: 'docker.io', credential: true }],
  })
})

test('a credential goes with its registry', () => {
  const first = docker.keep(docker.seal(given([{ address: 'registry.example', credential: secret }])), made)
  const moved = docker.keep(docker.seal(given([{ address: 'elsewhere.example' }])), first)
  expect(docker.show(moved)).toMatchObject({ registries: [{ credential: false }] })
})

test('what is no socket and no registry is refused where it stands', () => {
  const issues = docker.Given.safeParse({ socketPath: 'docker.sock', registries: [{ address: 'https://registry.example' }] }).error?.issues
  expect(issues?.map(({ path }) => path.join('.'))).toEqual(['socketPath', 'registries.0.address'])
})

test('a socket at which there is no engine is told of, and of nothing else', async () => {
  await expect(docker.engine!.probe('/nowhere/docker.sock')).rejects.toMatchObject({
    name: 'Refusal',
    code: 'unavailable',
    fields: { 'settings.socketPath': 'There is no socket at /nowhere/docker.sock. Is the engine running?' },
  })
})
